import FoundationEssentials
import Glibc
import Records
import Store
import Testing

@testable import Remote

/// A store in a folder of its own, and what tests ask of it again and again.
final class Workbench: Sendable {
    let folder: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var name = Array("\(parent)/curate-remote-XXXXXX".utf8CString)
        try #require(mkdtemp(&name) != nil)
        folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func store() throws -> WorkspaceStore { try WorkspaceStore(path: folder + "/state.sqlite") }

    /// Waits of milliseconds, so that tests of retrying are quick.
    static func pacing(concurrency: Int = 8, budget: Budget = Budget()) -> PacerSettings {
        var settings = PacerSettings()
        settings.concurrency = concurrency
        settings.firstWindow = concurrency
        settings.backoffMilliseconds = 2
        settings.overloadBackoffMilliseconds = 2
        settings.budget = budget
        return settings
    }

    static func endpoint(_ server: ScriptedServer) -> Endpoint {
        var endpoint = Endpoint(name: "test", baseURL: server.baseURL, model: "m")
        endpoint.timeoutMilliseconds = 5000
        return endpoint
    }

    static func connection(
        _ server: ScriptedServer, _ store: WorkspaceStore,
        pacing: PacerSettings = pacing()
    ) throws -> Connection {
        try Connection(endpoint(server), ledger: store.ledger, pacing: pacing)
    }

    static func question(_ text: String) -> ChatRequest {
        ChatRequest(messages: [ChatMessage(.user, text)], maxTokens: 20)
    }

    /// A chat completion with that content.
    static func completion(_ content: String, finish: String = "stop") -> String {
        let value = JSONValue.members([
            ("model", .string("m-1")),
            (
                "choices",
                .array([
                    .members([
                        ("index", .integer(0)), ("finish_reason", .string(finish)),
                        (
                            "message",
                            .members([
                                ("role", .string("assistant")), ("content", .string(content)),
                            ])
                        ),
                    ])
                ])
            ),
            (
                "usage",
                .members([("prompt_tokens", .integer(7)), ("completion_tokens", .integer(3))])
            ),
        ])
        return String(decoding: JSONWriter.write(value), as: UTF8.self)
    }

    /// The text of the one message of a request.
    static func asked(_ request: ScriptedServer.Request) -> String {
        let value = try? JSONReader.read(Array(request.body.utf8))
        return value?["messages"]?.array?.last?["content"]?.string ?? ""
    }

    /// Answers each question with "re: " and itself.
    static func echo(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        ScriptedServer.Answer(200, completion("re: " + asked(request)))
    }

    /// Asks all at once; the replies in order.
    static func askAll(
        _ client: ChatClient, _ texts: [String]
    ) async -> [Result<ChatReply, Fault>] {
        await askAll(client, texts.map(question))
    }

    static func askAll(
        _ client: ChatClient, _ requests: [ChatRequest]
    ) async -> [Result<ChatReply, Fault>] {
        await withTaskGroup(of: (Int, Result<ChatReply, Fault>).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask {
                    do throws(Fault) {
                        return (index, .success(try await client.complete(request)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results = [Result<ChatReply, Fault>?](repeating: nil, count: requests.count)
            for await (index, result) in group { results[index] = result }
            return results.compactMap { $0 }
        }
    }
}
