import FoundationEssentials
import Glibc
import Records
import Store
import Testing

@testable import Remote

struct SecretTests {
    private static let marker = "sk-marker-4711-not-a-real-key"

    @Test func `the key reaches the endpoint and nothing else, whatever goes wrong`() async throws {
        let answers: [ScriptedServer.Answer] = [
            .init(200, Workbench.completion("fine, \(Self.marker)")),
            .init(401, #"{"error":{"message":"Incorrect API key: \#(Self.marker)"}}"#),
            .init(403, Self.marker), .init(404, #"{"error":"\#(Self.marker)"}"#),
            .init(429, #"{"error":{"code":"insufficient_quota","message":"\#(Self.marker)"}}"#),
            .init(500, Self.marker), .init(200, "<html>\(Self.marker)</html>"),
            .init(302, Self.marker, headers: [("Location", "http://127.0.0.1:1/\(Self.marker)")]),
            .init(ending: .reset), .init(422, #"{"error":{"code":"\#(Self.marker)"}}"#),
        ]
        for answer in answers {
            let bench = try Workbench()
            let keyFile = bench.folder + "/key"
            _ = FileManager.default.createFile(atPath: keyFile, contents: Data(Self.marker.utf8))
            chmod(keyFile, 0o600)
            let server = try ScriptedServer { _ in answer }
            let store = try bench.store()
            var endpoint = Workbench.endpoint(server)
            endpoint.keyFile = keyFile
            let connection = try Connection(
                endpoint, ledger: store.ledger, pacing: Workbench.pacing())
            do throws(Fault) {
                let reply = try await ChatClient(connection).complete(Workbench.question("q"))
                #expect(!"\(reply)".contains("4711"))
            } catch {
                #expect(!"\(error)".contains("4711"))
                #expect(!String(reflecting: error).contains("4711"))
            }
            #expect(server.requests.first?.headers["authorization"] == "Bearer \(Self.marker)")
            #expect(server.requests.first?.body.contains("4711") == false)
            #expect(!"\(connection.counters)".contains("4711"))
            for name in ["state.sqlite", "state.sqlite-wal", "state.sqlite.lock"] {
                let bytes = FileManager.default.contents(atPath: bench.folder + "/" + name)
                #expect(try #require(bytes).firstRange(of: Data("4711".utf8)) == nil)
            }
        }
    }

    @Test func `a redirection is not followed, and the key is not seen where it points`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let elsewhere = try ScriptedServer { Workbench.echo($0) }
        let target = elsewhere.baseURL
        let server = try ScriptedServer { _ in
            .init(308, "", headers: [("Location", target + "/chat/completions")])
        }
        let client = ChatClient(try Workbench.connection(server, store))
        let fault = await #expect(throws: Fault.self) {
            _ = try await client.complete(Workbench.question("q"))
        }
        #expect(fault?.kind == .configuration)
        #expect(elsewhere.requests.isEmpty)
        #expect(server.requests.count == 1)
    }
}
