import Records
import Store
import Testing

@testable import Remote

/// Embeddings of llama.cpp's llama-server and of the Python server of llama-cpp-python.
///
/// llama-server was started so that no text of more than 128 bytes fits.
@Suite(.enabled(if: LocalServers.named["llama-embeddings"] != nil))
struct LlamaEmbeddingTests {
    private let texts = (0..<40).map { "text number \($0)" }

    private func connection(_ store: WorkspaceStore, _ name: String = "llama-embeddings") throws
        -> Connection
    {
        try LocalServers.connection(name, store, .llamaCpp)
    }

    @Test func `case 32: base64 gives the very vectors that numbers give, in order`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store)
        let vectors = try await EmbeddingClient(connection, batchSize: 16).embed(texts)
        #expect(vectors.allSatisfy { $0?.count == 256 })
        #expect(connection.counters.sends == 3)
        for row in [0, 15, 16, 39] {
            let raw = try await LocalServers.raw(
                connection, "/embeddings",
                #"{"model":"tiny","encoding_format":"float","input":["\#(texts[row])"]}"#)
            let value = try JSONReader.read(raw.body)
            #expect(value["data"]?.array?.first?["embedding"]?.array?.count == 256)
            let numbers = try OpenAIEmbeddings.vectors(value, count: 1, dimensions: nil)
            let difference = zip(vectors[row] ?? [], numbers[0]).map { abs($0 - $1) }.max()
            #expect(difference ?? 1 < 1e-4)
        }
    }

    @Test func `case 32: dimensions that the server ignores are noticed`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let client = EmbeddingClient(try connection(store), dimensions: 64)
        do throws(Fault) {
            _ = try await client.embed(["a"])
            Issue.record("256 dimensions were taken for 64")
        } catch {
            #expect(error.kind == .badData)
        }
    }

    @Test func `case 32: an empty text, which both servers would take, is never sent`()
        async throws
    {
        for name in ["llama-embeddings", "llama-python"] {
            let bench = try Workbench()
            let store = try bench.store()
            let connection = try connection(store, name)
            await #expect(throws: Fault.self) {
                _ = try await EmbeddingClient(connection).embed(["a", ""])
            }
            #expect(connection.counters.sends == 0)
            let raw = try await LocalServers.raw(
                connection, "/embeddings", #"{"model":"tiny","input":[""]}"#)
            #expect(raw.status == 200)
        }
    }

    @Test(arguments: [[0], [23], [39], [0, 1, 2, 3], [2, 9, 17, 30, 31]])
    func `cases 9 and 32: texts that are too long are found out, all others have their vectors`(
        long: [Int]
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store)
        let alone = try await EmbeddingClient(connection).embed(texts)
        var mixed = texts
        for row in long { mixed[row] = String(repeating: "far too long ", count: 20) }
        let sends = connection.counters.sends
        let vectors = try await EmbeddingClient(connection, batchSize: 32).embed(mixed)
        for row in texts.indices {
            if long.contains(row) {
                #expect(vectors[row] == nil)
            } else {
                let difference = zip(vectors[row] ?? [], alone[row] ?? []).map { abs($0 - $1) }
                #expect(vectors[row]?.count == 256 && difference.max() ?? 1 < 1e-3)
            }
        }
        // Far fewer than one by one with three tries each.
        #expect(connection.counters.sends - sends <= 8 + 14 * long.count)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `case 32: vectors for each token in place of one are refused, and it says why`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store, "llama-python")
        do throws(Fault) {
            _ = try await EmbeddingClient(connection).embed(["a cat"])
            Issue.record("a list of vectors was taken for a vector")
        } catch {
            #expect(error.kind == .badData && error.why?.contains("neither numbers") == true)
        }
        #expect(connection.counters.sends == 2)
    }
}
