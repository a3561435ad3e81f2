import Records
import Store
import Synchronization
import Testing

@testable import Remote

struct EmbeddingClientTests {
    private static func texts(_ request: ScriptedServer.Request) -> [String] {
        let value = try? JSONReader.read(Array(request.body.utf8))
        return value?["input"]?.array?.compactMap(\.string) ?? []
    }

    /// A vector that tells its text's length and nothing else.
    private static func item(_ index: Int, _ text: String) -> JSONValue {
        .members([
            ("index", .integer(Int64(index))),
            ("embedding", .array([.number(Double(text.utf8.count)), .integer(3)])),
        ])
    }

    private static func answer(_ items: [JSONValue]) -> ScriptedServer.Answer {
        let value = JSONValue.members([("data", .array(items)), ("model", .string("e"))])
        return .init(200, String(decoding: JSONWriter.write(value), as: UTF8.self))
    }

    private static func expected(_ text: String) -> [Float] {
        OpenAIEmbeddings.normalised([Float(text.utf8.count), 3]) ?? []
    }

    @Test func `vectors come in the order of their texts, of length 1, however sent`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            Self.answer(Self.texts(request).enumerated().map(Self.item).reversed())
        }
        let client = EmbeddingClient(try Workbench.connection(server, store), batchSize: 7)
        let texts = (1...30).map { String(repeating: "x", count: $0) }
        let vectors = try await client.embed(texts)
        #expect(vectors == texts.map(Self.expected))
        #expect(server.requests.count == 5)
        #expect(try await client.embed([]).isEmpty)
        #expect(try await store.ledger.exposedCount() == 0)
        await #expect(throws: Fault.self) { _ = try await client.embed(["a", ""]) }
    }

    @Test func `a batch too large for the server is halved, down to the text that is`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let texts = Self.texts(request)
            if texts.count > 3 || texts.contains("giant") { return .init(413, "too large") }
            return Self.answer(texts.enumerated().map(Self.item))
        }
        let client = EmbeddingClient(try Workbench.connection(server, store))
        let texts = ["a", "bb", "giant", "dddd", "eeeee", "ffffff", "g"]
        let vectors = try await client.embed(texts)
        #expect(vectors == texts.map { $0 == "giant" ? nil : Self.expected($0) })
    }

    @Test(arguments: [[0], [17], [31], [0, 1, 2, 3], Array(0..<16), Array(0..<31)])
    func `case 9: 500 for a text that is too long costs that text alone its vector`(
        giants: [Int]
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let texts = Self.texts(request)
            if texts.contains(where: { $0.utf8.count > 100 }) {
                return .init(500, #"{"error":{"code":500,"type":"server_error"}}"#)
            }
            return Self.answer(texts.enumerated().map(Self.item))
        }
        let connection = try Workbench.connection(server, store)
        let texts = (0..<32).map {
            String(repeating: "x", count: giants.contains($0) ? 200 : $0 + 1)
        }
        // At once and from the start, so that the first the endpoint does is to fail.
        let lists = 6
        let vectors = try await withThrowingTaskGroup(of: [[Float]?].self) { group in
            for list in 0..<lists {
                let own = texts.map { $0 + String(repeating: "y", count: list) }
                group.addTask { try await EmbeddingClient(connection).embed(own) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for list in vectors {
            #expect(list.indices.filter { list[$0] == nil } == giants)
        }
        #expect(server.requests.count <= lists * (4 + 14 * giants.count))
        for giant in giants {
            let own = server.requests.count { request in
                Self.texts(request).contains { $0 == texts[giant] }
            }
            #expect(own >= 3)
        }
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `case 9: an endpoint that answers nothing but 500 is down, no text is to blame`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in .init(500, "no") }
        try await expectOutage(server, store)
    }

    private func expectOutage(
        _ server: ScriptedServer, _ store: WorkspaceStore
    ) async throws {
        let client = EmbeddingClient(try Workbench.connection(server, store))
        do throws(Fault) {
            _ = try await client.embed((1...32).map { String(repeating: "x", count: $0) })
            Issue.record("texts were taken for the cause")
        } catch {
            #expect(error.kind == .unavailable)
        }
        #expect(server.requests.count < 26)
    }

    @Test func `case 9: an endpoint that fails while a batch is taken apart is down all the same`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            // The shortest text alone is answered, then nothing any more.
            if request.number != 1 { return .init(500, "no") }
            return Self.answer(Self.texts(request).enumerated().map(Self.item))
        }
        try await expectOutage(server, store)
    }

    @Test func `case 8: now and then a 500 costs no text its vector, and no batch its size`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            if request.number % 7 == 3 { return .init(500, "no") }
            return Self.answer(Self.texts(request).enumerated().map(Self.item))
        }
        let client = EmbeddingClient(try Workbench.connection(server, store), batchSize: 8)
        let texts = (1...160).map { String(repeating: "x", count: $0) }
        #expect(try await client.embed(texts) == texts.map(Self.expected))
        let last = server.requests.last { Self.texts($0).count > 4 }
        #expect(last.map { Self.texts($0).last } == texts.last)
    }

    @Test func `a server's own limit is found once, and later batches keep to it`() async throws {
        for status in [413, 422] {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { request in
                let texts = Self.texts(request)
                if texts.count > 8 { return .init(status, #"{"error":"batch size"}"#) }
                return Self.answer(texts.enumerated().map(Self.item))
            }
            let client = EmbeddingClient(
                try Workbench.connection(server, store), batchSize: 32)
            let texts = (1...96).map { String(repeating: "x", count: $0) }
            #expect(try await client.embed(texts) == texts.map(Self.expected))
            // 32 and twice 16 are refused, then twelve times eight go through.
            #expect(server.requests.count == 3 + 12)
            #expect(server.timesByBody.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `a dialect's limit bounds every batch from the start`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            Self.answer(Self.texts(request).enumerated().map(Self.item))
        }
        var endpoint = Workbench.endpoint(server)
        endpoint.dialect = .tei
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        let texts = (1...70).map { String(repeating: "x", count: $0) }
        let vectors = try await EmbeddingClient(connection, batchSize: 2000).embed(texts)
        #expect(vectors == texts.map(Self.expected))
        #expect(server.requests.map { Self.texts($0).count } == [32, 32, 6])
    }

    @Test func `case 32: a wrong count is asked once more, then in halves, and right ones kept`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let texts = Self.texts(request)
            var items = texts.enumerated().map(Self.item)
            if texts.count > 2 { items.removeLast() }
            return Self.answer(items)
        }
        let kept = Mutex<[Int: [Float]]>([:])
        let client = EmbeddingClient(try Workbench.connection(server, store))
        let texts = ["a", "bb", "ccc", "dddd"]
        let vectors = try await client.embed(texts) { start, vectors in
            kept.withLock { kept in
                for (at, vector) in vectors.enumerated() { kept[start + at] = vector }
            }
        }
        #expect(vectors == texts.map(Self.expected))
        #expect(server.requests.map { Self.texts($0).count } == [4, 4, 2, 2])
        #expect(
            kept.withLock { $0 } == [
                0: Self.expected("a"), 1: Self.expected("bb"), 2: Self.expected("ccc"),
                3: Self.expected("dddd"),
            ])
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `case 32: what came before a batch that fails is handed over all the same`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let texts = Self.texts(request)
            if texts.contains("cc") { return .init(401, "no") }
            return Self.answer(texts.enumerated().map(Self.item))
        }
        let kept = Mutex(0)
        let client = EmbeddingClient(try Workbench.connection(server, store), batchSize: 2)
        await #expect(throws: Fault.self) {
            _ = try await client.embed(["a", "b", "c", "d", "cc", "e"]) { _, vectors in
                kept.withLock { $0 += vectors.count }
            }
        }
        #expect(kept.withLock { $0 } == 4)
    }

    @Test func `case 32: a text whose vector stays wrong ends in a fault that says why`()
        async throws
    {
        for embedding in ["[[0.1,0.2],[0.3,0.4]]", "[0,0]", "[]", #""AAAA""#, "null"] {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { request in
                let items = Self.texts(request).indices.map {
                    #"{"index":\#($0),"embedding":\#(embedding)}"#
                }
                return .init(200, #"{"data":[\#(items.joined(separator: ","))]}"#)
            }
            let client = EmbeddingClient(try Workbench.connection(server, store))
            do throws(Fault) {
                _ = try await client.embed(["a", "b", "c", "d"])
                Issue.record("\(embedding) was taken")
            } catch {
                #expect(error.kind == .badData && error.why != nil)
            }
            // Twice four, twice two, twice one: no more is paid for a model of the wrong kind.
            #expect(server.requests.count == 6)
        }
    }

    @Test func `case 32: floats are taken though base64 was asked for, and brought to length 1`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            // 1, -2.5 and 3e-5 as numbers or as base64, the indices in disorder.
            .init(
                200,
                #"{"data":[{"index":1,"embedding":"AACAPwAAIMCCqPs3"},"#
                    + #"{"index":0,"embedding":[1,-2.5,3.0e-5]}]}"#)
        }
        let client = EmbeddingClient(
            try Workbench.connection(server, store), dimensions: 3)
        let vectors = try await client.embed(["a", "b"])
        #expect(vectors[0] == vectors[1])
        let norm = vectors[0]?.reduce(0.0) { $0 + Double($1) * Double($1) } ?? 0
        #expect(abs(norm - 1) < 1e-6)
        #expect(server.requests[0].body.contains(#""encoding_format":"base64""#))
        let other = EmbeddingClient(try Workbench.connection(server, store), dimensions: 2)
        await #expect(throws: Fault.self) { _ = try await other.embed(["a", "b"]) }
    }

    @Test func `case 32: replies that cannot be trusted are refused`() throws {
        func vectors(_ items: [JSONValue], count: Int = 2) throws(Fault) -> [[Float]] {
            try OpenAIEmbeddings.vectors(
                .members([("data", .array(items))]), count: count, dimensions: nil)
        }
        func item(_ index: Int64, _ embedding: JSONValue) -> JSONValue {
            .members([("index", .integer(index)), ("embedding", embedding)])
        }
        let good = JSONValue.array([.integer(3), .integer(4)])
        #expect(try vectors([item(1, good), item(0, good)]) == [[0.6, 0.8], [0.6, 0.8]])
        let bad: [[JSONValue]] = [
            [], [item(0, good)], [item(0, good), item(0, good)], [item(0, good), item(2, good)],
            [item(0, good), item(-1, good)],
            [item(0, good), item(1, .array([]))],
            [item(0, good), item(1, .array([.integer(0), .integer(0)]))],
            [item(0, good), item(1, .array([.integer(1)]))],
            [item(0, good), item(1, .array([.number(1e39), .integer(1)]))],
            [item(0, good), item(1, .array([good, good]))],
            [item(0, good), item(1, .string("AAAA"))],
            [item(0, good), item(1, .string("!!!!!!!!"))],
            [item(0, good), item(1, .string("AADAfwAAAAA="))],
            [item(0, good), .null],
        ]
        for items in bad {
            let fault = #expect(throws: Fault.self) { try vectors(items) }
            #expect(fault?.kind == .badData)
        }
    }

    @Test func `base64 gives the same vector as numbers`() {
        // 1, -2.5 and 3e-5 as little-endian float32.
        #expect(Base64.floats("AACAPwAAIMCCqPs3") == [1, -2.5, 3.0e-5])
        #expect(Base64.decode("") == [])
        #expect(Base64.decode("Zg==") == Array("f".utf8))
        #expect(Base64.decode("Zm9vYg==") == Array("foob".utf8))
        for text in ["A", "AA", "AAA", "A===", "====", "AA=A", "AA A", "A-_A", "Zg==Zg=="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test func `case 33: moderation takes one result for one text and leaves the unsaid unknown`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let result =
                #"{"flagged":true,"categories":{"violence":true,"hate":false},"#
                + #""category_scores":{"violence":0.9,"illicit":0.1,"hate":7}}"#
            let count = request.body.contains("two") ? 2 : 1
            let results = Array(repeating: result, count: count).joined(separator: ",")
            return .init(200, #"{"model":"mod","results":[\#(results)]}"#)
        }
        let client = ModerationClient(try Workbench.connection(server, store))
        for isCached in [false, true] {
            let reply = try await client.moderate("text")
            #expect(
                reply
                    == ModerationReply(
                        isFlagged: true,
                        categories: [
                            .init(name: "hate", isFlagged: false, score: nil),
                            .init(name: "illicit", isFlagged: nil, score: 0.1),
                            .init(name: "violence", isFlagged: true, score: 0.9),
                        ], model: "mod", isCached: isCached))
        }
        // Two results for one text are no reply, and that call's own failure.
        #expect(try await client.moderate("two") == nil)
        await #expect(throws: Fault.self) { _ = try await client.moderate("") }
    }
}
