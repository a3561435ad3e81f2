import Encoder
import Foundation
import Pipeline
import Records
import Testing
import Vectors

// All but the first need the model, and are skipped without it.
struct EmbedTests {
    private let stage = "- {use: embed, model: '\(SharedData.model ?? "")'}"

    @Test func `a missing model is a fault before the run`() async throws {
        await #expect(throws: Fault.self) {
            try await StageHarness([Record(id: "a", text: "x")]).run(
                "- {use: embed, model: /nowhere}")
        }
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `equal texts get equal vectors, and the cache does not show`() async throws {
        let texts = ["hello there", "", "hello there", "\u{0}\u{202E}", "good bye", "hello"]
        let records = texts.enumerated().map { Record(id: "\($0.offset)", text: $0.element) }
        let harness = try StageHarness(records)
        let fresh = try await harness.run(stage, jobs: 1).last
        let stored = try await harness.run(
            stage + "\n- {use: embed, name: again, model: '\(SharedData.model ?? "")'}", jobs: 1
        ).last
        #expect(stored.content["embeddings"] == fresh.content["embeddings"])
        let uncached = try await harness.run(
            "- {use: embed, model: '\(SharedData.model ?? "")', cache: false}", jobs: 3,
            shardRows: 7, out: "other"
        ).last
        #expect(uncached.content == fresh.content)
        let matrix = try NumpyFile.read("\(fresh.stage.folder)/embeddings.npy")
        #expect(matrix.rows == 6 && matrix.columns == 384)
        let rows = try UnitRows(matrix)
        #expect(rows.cosine(0, 2) == 1)
        #expect(rows.cosine(0, 5) > rows.cosine(0, 3))
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `a prefix is part of the text and of the cache's key`() async throws {
        let harness = try StageHarness([Record(id: "a", text: "x")])
        let bare = try await harness.run(stage).last
        let other = try await harness.run(
            "- {use: embed, model: '\(SharedData.model ?? "")', prefix: 'query: '}"
        ).last
        #expect(bare.content["embeddings"] != other.content["embeddings"])
    }

    @Test func `a prompt is none of an endpoint's, and none beside a prefix`() async throws {
        let harness = try StageHarness([Record(id: "a", text: "x")])
        for (settings, word) in [
            ("prompt: query, prefix: 'query: '", "exclude"),
            ("prompt: query, endpoint: {model: m}", "this machine"),
        ] {
            do {
                _ = try await harness.run("- {use: embed, \(settings)}")
                Issue.record("accepted: \(settings)")
            } catch {
                #expect("\(error)".contains(word))
            }
        }
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `a prompt the model does not have is a fault before the run`() async throws {
        let harness = try StageHarness([Record(id: "a", text: "x")])
        await #expect(throws: Fault.self) {
            _ = try await harness.run(
                "- {use: embed, model: '\(SharedData.model ?? "")', prompt: query}")
        }
        // None at all is what this model has anyway.
        let none = try await harness.run(
            "- {use: embed, model: '\(SharedData.model ?? "")', prompt: ''}"
        ).last
        let bare = try await harness.run(stage).last
        #expect(none.content["embeddings"] == bare.content["embeddings"])
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `bf16 is another precision and another key, or refused`() async throws {
        let harness = try StageHarness([Record(id: "a", text: "x")])
        let whole = try await harness.run(stage).last
        let asked = "- {use: embed, model: '\(SharedData.model ?? "")', precision: bf16}"
        guard Precision.bf16.isSupported else {
            await #expect(throws: Fault.self) { _ = try await harness.run(asked) }
            return
        }
        let half = try await harness.run(asked).last
        #expect(half.content["embeddings"] != whole.content["embeddings"])
        let matrices = try [whole, half].map {
            try NumpyFile.read("\($0.stage.folder)/embeddings.npy").withRow(0) { Array($0) }
        }
        let cosine = zip(matrices[0], matrices[1]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(cosine > 0.9995)
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `no rows and one row pass through all three stages`() async throws {
        for records in [[], [Record(id: "a", text: "x", labels: Labels(["c": true]))]] {
            let run = try await StageHarness(records).run(
                stage + "\n- {use: centroid-filter}\n- {use: dedupe, semantic: {threshold: 0.9}}")
            let last = try run.last
            #expect(last.kept.count == records.count)
        }
    }
}
