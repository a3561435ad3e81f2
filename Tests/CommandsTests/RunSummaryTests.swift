import Testing

@testable import Commands
@testable import Pipeline

@Suite struct RunSummaryTests {
    private func lines(_ counters: [String: Double]) -> [String] {
        let stage = StageReport(
            stage: "label", folder: "out", isReused: false, counts: Manifest.Counts(),
            statistics: StageStatistics(
                seconds: 1, cpuSeconds: 1, peakMegabytes: 1, jobs: 1, counters: counters),
            gates: [], notes: [], failures: [:])
        let report = RunReport(pipeline: "p", folder: "out", stages: [stage, stage], seconds: 1)
        return RunSummary(report: report).lines
    }

    @Test func `calls without a usable answer are told, with the way to ask again`() {
        let line = "1,200 calls gave no usable answer: `curate retry --errors-only` asks again"
        #expect(lines(["planned_calls": 9, "failed": 600]).contains(line))
        #expect(!lines(["planned_calls": 9, "failed": 0]).contains { $0.contains("retry") })
        #expect(!lines([:]).contains { $0.contains("retry") })
    }
}
