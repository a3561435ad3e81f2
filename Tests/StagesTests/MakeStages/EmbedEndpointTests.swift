import Foundation
import Pipeline
import Records
import Synchronization
import Testing

/// Vectors from the offline model server, over a real socket.
struct EmbedEndpointTests {
    private let stage = "- {use: embed, endpoint: {model: tiny, batch: 4}}"
    private let head = "provider: offline"

    /// Counts of four kinds of character, not of length 1.
    private static let tiny: @Sendable ([String]) throws -> [[Float]] = { texts in
        texts.map { text in
            let bytes = Array(text.utf8)
            return [
                Float(bytes.count { $0 < 97 }), Float(bytes.count { (97..<105).contains($0) }),
                Float(bytes.count { (105..<115).contains($0) }), Float(bytes.count { $0 >= 115 }),
            ].map { $0 + 0.5 }
        }
    }

    private static func unit(_ text: String) throws -> [Float] {
        let vector = try tiny([text])[0]
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }

    private func records(_ count: Int) -> [Record] {
        (0..<count).map { Record(id: "r\($0)", text: "text number \($0 % 20), or so") }
    }

    private func vectors(_ result: StageHarness.Result) throws -> [[Float]] {
        let matrix = try NumpyFile.read("\(result.stage.folder)/embeddings.npy")
        return (0..<matrix.rows).map { row in matrix.withRow(row) { Array($0) } }
    }

    @Test func `vectors are those of the server, brought to length 1`() async throws {
        let harness = try StageHarness(records(30))
        defer { withExtendedLifetime(harness) {} }
        let run = try await OfflineService.run(embedder: Self.tiny) { endpoints in
            try await harness.run(stage, head: head, endpoints: endpoints)
        }
        let found = try vectors(try run.last)
        #expect(found.count == 30)
        for (row, vector) in found.enumerated() {
            let wanted = try Self.unit("text number \(row % 20), or so")
            #expect(zip(vector, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        // Twenty different texts, four a call.
        #expect(try counter("calls", run) == 5)
        #expect(try counter("embedded", run) == 20)
    }

    private func head(_ url: String) -> String {
        "provider: {name: t, base_url: '\(url)', model: m, give_up_seconds: 5}"
    }

    @Test func `an endpoint that is dead or makes no vectors ends the run before its first stage`()
        async throws
    {
        func fault(_ url: String) async throws -> Fault? {
            let harness = try StageHarness(records(3))
            do {
                _ = try await harness.run(stage, head: head(url))
            } catch {
                #expect(!Paths.exists("\(harness.folder)/out/test/01-given/manifest.json"))
                return error as? Fault
            }
            return nil
        }
        let dead = try #require(try await fault("http://127.0.0.1:9/v1"))
        #expect(dead.kind == .unavailable && dead.what == "endpoint t could not be reached")
        let wrong: [(Int, String, Fault.Kind, String)] = [
            (404, #"{"error":{"message":"no model tiny"}}"#, .configuration, "no model tiny"),
            (405, "", .configuration, "405"), (501, "{}", .configuration, "501"),
            (401, "{}", .unavailable, "401"), (200, "<html>Sign in", .unavailable, "HTTP 200"),
        ]
        for (status, body, kind, words) in wrong {
            let found = try await ScriptedEndpoint.run { call in
                call.path == "/v1/models"
                    ? .init(body: #"{"data":[]}"#) : .init(status: status, body: body)
            } _: { endpoint in
                try await fault(endpoint.baseURL)
            }
            #expect(found?.kind == kind, "\(status)")
            #expect(found?.why?.contains(words) == true, "\(status): \(String(describing: found))")
        }
    }

    @Test func `vectors that are all stored need no endpoint`() async throws {
        let harness = try StageHarness(records(6))
        let vectors: @Sendable (ScriptedEndpoint.Call) -> ScriptedEndpoint.Answer? = { call in
            guard call.path == "/v1/embeddings" else { return .init(body: #"{"data":[]}"#) }
            let texts = call.json["input"] as? [String] ?? []
            // As servers of that protocol answer the question for no vectors.
            if texts.isEmpty { return .init(status: 400, body: #"{"error":{"code":"empty"}}"#) }
            let data = texts.indices.map { #"{"index":\#($0),"embedding":[\#($0 + 1),2]}"# }
            return .init(body: #"{"data":[\#(data.joined(separator: ","))]}"#)
        }
        let first = try await ScriptedEndpoint.run(vectors) { endpoint in
            try await harness.run(stage, head: head(endpoint.baseURL))
        }
        try FileManager.default.removeItem(atPath: first.last.stage.folder + "/manifest.json")
        let second = try await harness.run(stage, head: head("http://127.0.0.1:9/v1"))
        #expect(try second.last.content == first.last.content)
        #expect(try counter("calls", second) == 0)
    }

    @Test func `a second run asks nothing, and no thread or shard shows`() async throws {
        try await OfflineService.run(embedder: Self.tiny) { endpoints in
            let harness = try StageHarness(records(30))
            let first = try await harness.run(stage, head: head, jobs: 1, endpoints: endpoints)
            try FileManager.default.removeItem(
                atPath: try first.last.stage.folder + "/manifest.json")
            let second = try await harness.run(stage, head: head, endpoints: endpoints)
            #expect(try counter("calls", second) == 0)
            #expect(try counter("cached", second) == 30)
            #expect(try second.last.content == first.last.content)
            let third = try await harness.run(
                "- {use: embed, endpoint: {model: tiny, batch: 3}, cache: false}", head: head,
                jobs: 3, shardRows: 7, out: "other", endpoints: endpoints)
            #expect(try counter("cached", third) == 0)
            #expect(try third.last.content == first.last.content)
        }
    }

    @Test func `what was answered before a batch failed is not asked again, however batched`()
        async throws
    {
        let harness = try StageHarness(records(20))
        defer { withExtendedLifetime(harness) {} }
        let asked = Mutex<[String]>([])
        let isHealed = Mutex(false)
        let embedder: @Sendable ([String]) throws -> [[Float]] = { texts in
            if texts.contains("text number 13, or so"), !isHealed.withLock({ $0 }) {
                return texts.map { _ in [0, 0, 0, 0] }
            }
            asked.withLock { $0 += texts }
            return try Self.tiny(texts)
        }
        try await OfflineService.run(embedder: embedder) { endpoints in
            let head = "provider: {name: offline, concurrency: 1}"
            await #expect(throws: Fault.self) {
                _ = try await harness.run(stage, head: head, endpoints: endpoints)
            }
            #expect(asked.withLock { $0.count } >= 12)
            isHealed.withLock { $0 = true }
            let run = try await harness.run(
                "- {use: embed, endpoint: {model: tiny, batch: 7}}", head: head,
                endpoints: endpoints)
            #expect(try run.last.kept.count == 20)
        }
        // Each text once: the vectors outlived the fault, and another batch size asks no more.
        #expect(asked.withLock { $0.sorted() } == records(20).map(\.text).sorted())
    }

    @Test func `an empty text is refused, and its neighbours keep their vectors`() async throws {
        let texts = ["a", "", "\u{0}\u{202E}", "", "see you"]
        let given = texts.enumerated().map { Record(id: "r\($0.offset)", text: $0.element) }
        let harness = try StageHarness(given)
        defer { withExtendedLifetime(harness) {} }
        let run = try await OfflineService.run(embedder: Self.tiny) { endpoints in
            try await harness.run(
                stage + "\n- {use: dedupe, semantic: true}", head: head, endpoints: endpoints)
        }
        let embed = try #require(run.stages.dropLast().last)
        #expect(embed.kept.map(\.id) == ["r0", "r2", "r4"])
        #expect(embed.refused["r1"]?.reason == "not_embedded")
        #expect(try vectors(embed).count == 3)
        let prefixed = try await OfflineService.run(embedder: Self.tiny) { endpoints in
            try await StageHarness(given).run(
                "- {use: embed, prefix: 'query: ', endpoint: true}", head: head,
                endpoints: endpoints)
        }
        #expect(try prefixed.last.kept.count == 5)
    }

    @Test func `without rows there is a matrix without rows, and the chain holds`() async throws {
        let chain = "\n- {use: centroid-filter}\n- {use: dedupe, semantic: true}"
        for given in [[], [Record(id: "a", text: "")]] {
            for (dimensions, columns) in [("", 1), (", dimensions: 4", 4)] {
                let harness = try StageHarness(given)
                defer { withExtendedLifetime(harness) {} }
                let run = try await OfflineService.run(embedder: Self.tiny) { endpoints in
                    try await harness.run(
                        "- {use: embed, endpoint: {model: tiny\(dimensions)}}" + chain,
                        head: head, endpoints: endpoints)
                }
                for stage in run.stages.dropFirst() {
                    let matrix = try NumpyFile.read("\(stage.stage.folder)/embeddings.npy")
                    #expect(matrix.rows == 0 && matrix.columns == columns)
                }
                #expect(try counter("calls", run) ?? 0 == 0)
            }
        }
    }

    @Test func `a server that refuses or has no embedder is a fault`() async throws {
        await #expect(throws: Fault.self) {
            try await OfflineService.run { endpoints in
                try await StageHarness(records(2)).run(stage, head: head, endpoints: endpoints)
            }
        }
        await #expect(throws: Fault.self) {
            try await OfflineService.run(embedder: { texts in texts.map { _ in [0, 0] } }) {
                try await StageHarness(records(2)).run(stage, head: head, endpoints: $0)
            }
        }
    }

    @Test func `wrong settings are faults with places`() async throws {
        do {
            _ = try await StageHarness(records(1)).run(
                "- {use: embed, endpoint: {batch: 0, colour: red}}")
            Issue.record("the settings were taken")
        } catch let fault as Fault {
            // The third: the pipeline names no provider.
            #expect(fault.all.count == 3)
            #expect(fault.all.allSatisfy { $0.place != nil })
        }
    }
}
