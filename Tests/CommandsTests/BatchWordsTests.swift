import Testing

@testable import Commands
@testable import Pipeline

/// What a run says of calls that went out as batches.
@Suite struct BatchWordsTests {
    private func report(_ counters: [String: Double]) -> StageReport {
        var counts = Manifest.Counts()
        (counts.input, counts.kept) = (2, 2)
        return StageReport(
            stage: "label", folder: "out", isReused: false,
            counts: counts,
            statistics: StageStatistics(
                seconds: 1, cpuSeconds: 1, peakMegabytes: 1, jobs: 1, counters: counters),
            gates: [], notes: [], failures: [:])
    }

    @Test func `a stage that asked as a batch says so when it ends and in the summary`() {
        let sent = report(["planned_calls": 2, "batch_calls": 1_102, "batches": 1])
        let words = "asked as a batch: 1,102 calls answered, 1 batch sent"
        #expect(ProgressLine.lines(sent) == ["label: 2 rows, 1.0 s", "  \(words)"])
        let run = RunReport(pipeline: "p", folder: "out", stages: [sent], seconds: 1)
        #expect(RunSummary(report: run).lines.contains("label: \(words)"))
        #expect(
            ProgressLine.lines(report(["batch_calls": 1])).last
                == "  asked as a batch: 1 call answered, sent by an earlier run")
    }

    @Test func `a stage that asked one by one says nothing of batches`() {
        #expect(ProgressLine.lines(report(["calls": 3])) == ["label: 2 rows, 1.0 s"])
    }
}
