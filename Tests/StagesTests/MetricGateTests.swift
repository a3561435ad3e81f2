import Pipeline
import Records
import Testing

/// Bounds of the pipeline file on the numbers that stages leave.
struct MetricGateTests {
    private func gates(
        _ gates: String, _ records: [Record], _ stages: String = "- {use: filter, labelled: true}"
    ) async throws -> StageHarness.Run {
        try await StageHarness(records).run(stages, head: "gates:\n  - \(gates)")
    }

    /// Ten rows, six of them labelled, in three contrast sets.
    private let records = (0..<10).map { row in
        Record(
            id: "g\(row)", text: "text \(row)",
            labels: row < 6 ? Labels(["a.b": row % 3 == 0]) : Labels(),
            provenance: Provenance(
                source: row < 4 ? .counterfactual : .corpus, setID: row < 4 ? "s\(row / 3)" : nil))
    }

    @Test(arguments: [
        ("filter.kept_share, at_least: 0.6", true), ("filter.kept_share, at_least: 0.61", false),
        ("filter.refused, at_most: 4", true), ("filter.refused, at_most: 3", false),
        ("filter.positive_share.a.b, at_least: 0.3, at_most: 0.4", true),
        ("filter.positives.a.b, at_least: 3", false), ("given.kept, at_least: 10", true),
        ("release.sources.counterfactual, at_least: 4", true),
        ("release.sets.count, at_most: 1", false),
        ("release.sets.single_share, at_most: 0.5", true),
        ("release.sets.positive_share.a.b, at_least: 0.5", true),
    ]) func `a number of a stage is held to its bounds`(bound: String, passes: Bool) async throws {
        let run = try await gates("{metric: \(bound)}", records)
        let found = run.stages.flatMap(\.manifest.gates)
        #expect(found.map(\.passed) == [passes], "\(found)")
        #expect(bound.hasPrefix(found[0].name + ","))
        #expect(run.report.exitCode == (passes ? 0 : 1))
    }

    @Test func `numbers in a stage's files are found by their path`() async throws {
        let stages = EvaluateSamples.chain + "- {use: evaluate, gate: off, minimum_support: 5}"
        for (metric, passes) in [
            ("evaluate.categories.spam.f1", true), ("evaluate.macroPresent.f1", true),
            ("evaluate.categories.spam.f1Interval.low", true), ("evaluate.rows.train", true),
            ("evaluate.categories.ham.f1", false), ("evaluate.macroPresent", false),
        ] {
            let run = try await gates(
                "{metric: \(metric), at_least: 0.9}", EvaluateSamples.separable(), stages)
            #expect(try run.last.manifest.gates.map(\.passed) == [passes], "\(metric)")
        }
    }

    @Test func `a number that is not there does not pass, and the nearest is named`() async throws {
        let run = try await gates("{metric: filter.kept_shar, at_most: 1}", records)
        let gate = try #require(try run.last.manifest.gates.first)
        #expect(!gate.passed && gate.detail.contains("did you mean `kept_share`?"))
    }

    @Test func `another bound makes the verdict anew, an equal one takes it over`() async throws {
        let harness = try StageHarness(records)
        for (bound, passes, reused) in [
            ("0.5", true, false), ("0.5", true, true), ("0.7", false, false),
        ] {
            let run = try await harness.run(
                "- {use: filter, labelled: true}",
                head: "gates: [{metric: filter.kept_share, at_least: \(bound)}]")
            let last = try run.last
            #expect(last.manifest.gates.map(\.passed) == [passes])
            #expect(last.stage.isReused == reused)
        }
    }

    @Test func `every wrong gate is told with its place`() async throws {
        await #expect {
            _ = try await gates(
                """
                {metric: fliter.kept, at_least: 1}
                  - {metric: filter, at_least: 1}
                  - {metric: filter.kept}
                  - {metric: filter.kept, at_least: 2, at_most: 1, at_lest: 0}
                """, records)
        } throws: { error in
            let faults = (error as? Fault)?.all ?? []
            return faults.count == 5
                && faults.allSatisfy { fault in
                    if case .file(_, .some, _)? = fault.place {
                        fault.kind == .configuration
                    } else {
                        false
                    }
                }
        }
    }
}
