import Foundation
import Pipeline
import Records
import Testing

@testable import ShowStages

/// The gate does not pass what it cannot measure.
struct UnmeasuredTests {
    private func evaluate(
        _ records: [Record], _ settings: String = "", head: String = ""
    ) async throws -> (result: StageHarness.Result, metrics: Evaluation) {
        let run = try await StageHarness(records).run(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 200\(settings)}", head: head)
        let last = try run.last
        let data = try #require(last.content["metrics.json"])
        return (last, try JSONDecoder().decode(Evaluation.self, from: data))
    }

    /// Vectors that know nothing of the labels.
    private func noise(
        _ count: Int, seed: UInt64 = 1, label: (Int, inout CounterRNG) -> [String: Bool]
    ) -> [Record] {
        (0..<count).map { number in
            var draws = CounterRNG(seed: seed, purpose: "noise", id: "\(number)")
            let vector = (0..<4).map { _ in Float(draws.unit() * 2 - 1) }
            let split = ["train", "train", "val", "test"][number % 4]
            return EvaluateSamples.record(
                "n\(number)", vector: vector, split: split, labels: label(number, &draws))
        }
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `one class a row without a taxonomy is measured against the other classes`(seed: UInt64)
        async throws
    {
        let records = noise(400, seed: seed) { _, draws in
            [draws.chance(0.5) ? "spam" : "ham": true]
        }
        let (result, metrics) = try await evaluate(records)
        for category in metrics.categories {
            #expect(category.test.negatives + category.test.positives == 100)
            #expect(category.test.unknown == 0)
            // Random labels are not learnt, and no gate is passed.
            #expect((category.averagePrecision ?? 1) < 0.8)
            #expect(category.gate == .failed)
        }
        #expect(metrics.singleLabel != nil)
        #expect(result.manifest.gates.allSatisfy { !$0.passed })
        #expect(result.manifest.notes.contains { $0.contains("`single_label: false`") })
    }

    @Test func `with single_label false, or with one class only, nothing is measured or passed`()
        async throws
    {
        let two = noise(400) { _, draws in [draws.chance(0.5) ? "spam" : "ham": true] }
        let one = noise(200) { _, _ in ["spam": true] }
        for (records, settings) in [(two, ", single_label: false"), (one, "")] {
            let (result, metrics) = try await evaluate(records, settings)
            for category in metrics.categories {
                #expect(category.f1 == nil && category.precision == nil && category.recall == nil)
                #expect(category.averagePrecision == nil && category.rocAUC == nil)
                #expect(category.f1Interval == nil && category.gate == .noKnownZero)
                #expect(!category.isTuned && category.threshold == 0.5)
            }
            #expect(metrics.macroPresent == nil && metrics.macroAll == nil && metrics.micro == nil)
            #expect(metrics.macroF1Interval == nil)
            #expect(!result.manifest.gates.isEmpty)
            #expect(result.manifest.gates.allSatisfy { !$0.passed })
            let detail = try #require(result.manifest.gates.first?.detail)
            #expect(detail.contains("no known 0") && detail.contains("unlisted: zero"))
            #expect(metrics.remarks.contains { $0.contains("`single_label: true`") })
            let json = try #require(
                result.content["metrics.json"].map { String(decoding: $0, as: UTF8.self) })
            #expect(!json.contains("\"f1\" :"))
        }
    }

    @Test func `unjudged report says so and ends well`() async throws {
        let records = noise(200) { _, _ in ["spam": true] }
        let (result, metrics) = try await evaluate(records, ", unjudged: report")
        #expect(result.manifest.gates.isEmpty)
        #expect(metrics.categories.first?.gate == .noKnownZero)
        #expect(result.manifest.notes.contains { $0.contains("No known 0 in test") })
        #expect(result.manifest.notes.contains("The gate judged no category."))
        let (off, _) = try await evaluate(records, ", gate: false")
        #expect(off.manifest.gates.isEmpty)
    }

    @Test func `a taxonomy of several labels a text is not taken for one a row`() async throws {
        let records = noise(400) { _, draws in [draws.chance(0.5) ? "spam" : "ham": true] }
        let head = "taxonomy: {name: t, categories: [{id: spam}, {id: ham}]}"
        let (_, metrics) = try await evaluate(records, head: head)
        #expect(metrics.categories.allSatisfy { $0.gate == .noKnownZero && $0.f1 == nil })
        let (_, asked) = try await evaluate(records, ", single_label: true", head: head)
        #expect(asked.categories.allSatisfy { $0.test.negatives > 0 && $0.f1 != nil })
    }

    @Test func `few rows of either label are measured and not judged`() async throws {
        let records = noise(200) { number, draws in ["spam": number % 40 != 3] }
        let (result, metrics) = try await evaluate(records)
        let spam = try #require(metrics.categories.first)
        #expect(spam.test.negatives == 5 && spam.gate == .tooFewRows && spam.f1 != nil)
        #expect(result.manifest.gates.isEmpty)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `a category that most rows have is not passed by calling every row 1`(seed: UInt64)
        async throws
    {
        let records = noise(600, seed: seed) { _, draws in ["spam": draws.chance(0.88)] }
        let (result, metrics) = try await evaluate(records)
        let spam = try #require(metrics.categories.first)
        #expect((spam.f1OfAlwaysYes ?? 0) > 0.85)
        #expect(spam.gate == .failed)
        if let f1 = spam.f1, f1 >= 0.85 {
            let gate = try #require(result.manifest.gates.first)
            #expect(gate.detail.contains("the F1 of calling every row 1"))
        }
    }
}
