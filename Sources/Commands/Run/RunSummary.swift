internal import Pipeline
internal import Records

/// What a run prints at its end: why it ends with exit code 1 if it does, rows a stage, refusals a
/// reason, categories and splits, tokens, seconds, and where the release lies.
struct RunSummary {
    let report: RunReport

    var lines: [String] {
        var sections = [report.reasons, stages, refusals, spending]
        if let table = CategoryTable.lines(of: report.stages) { sections.append(table) }
        sections.append(ending)
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    /// What a run prints that ended on the way: why, and how far it was.
    static func lines(_ fault: Fault, _ run: UnfinishedRun) -> [String] {
        let done = RunSummary(report: RunReport(pipeline: "", folder: "", stages: run.stages))
        let head = RunEnd.line(
            isStop: fault.kind == .stopped, place: fault.place.map { "\($0)" }, what: fault.what,
            why: fault.why)
        var sections = [[Redaction.redact(head)]]
        if !run.stages.isEmpty { sections += [done.stages, done.refusals, done.spending] }
        sections.append(run.progressWords.map { [$0] } ?? [])
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    private var stages: [String] {
        var table = Table(["stage", "in", "added", "kept", "refused", "tokens", "seconds"])
        for stage in report.stages {
            let counts = stage.counts
            table.add([
                stage.stage, NumberFormat.number(counts.input), NumberFormat.number(counts.added),
                NumberFormat.number(counts.kept), NumberFormat.number(counts.refused),
                Self.tokens(stage).map(NumberFormat.number) ?? "",
                stage.isReused ? "reused" : NumberFormat.tenths(stage.statistics.seconds),
            ])
        }
        return table.lines
    }

    private var refusals: [String] {
        var table = Table(["refused by", "reason", "rows"], left: [0, 1])
        for stage in report.stages {
            for (reason, rows) in stage.counts.refusedByReason.sorted(by: { $0.key < $1.key }) {
                table.add([stage.stage, reason, NumberFormat.number(rows)])
            }
        }
        return table.isEmpty ? [] : table.lines
    }

    /// What the stages that asked a model used, beside what `curate plan` said.
    private var spending: [String] {
        var table = Table(["asked by", "calls", "cached", "refusals", "failed", "tokens", "money"])
        for stage in report.stages {
            let statistics = stage.statistics
            guard let planned = statistics[.plannedCalls] else { continue }
            func whole(_ counter: Counter) -> String {
                NumberFormat.number(Int(statistics[counter] ?? 0))
            }
            func money(_ counter: Counter) -> String {
                NumberFormat.money(Int64(((statistics[counter] ?? 0) * 1e6).rounded()))
            }
            table.add([
                stage.stage, whole(.calls), whole(.cached), whole(.refused), whole(.failed),
                whole(.tokens), money(.money),
            ])
            table.add([
                "  planned", NumberFormat.number(Int(planned)), "", "", "",
                whole(.plannedTokens), money(.plannedMoney),
            ])
        }
        let batches = report.stages.compactMap { stage in
            BatchWords.line(stage.statistics).map { "\(stage.stage): \($0)" }
        }
        return (table.isEmpty ? [] : table.lines) + batches + failures
    }

    /// Calls without a usable answer are no fault of the run's, and easily overlooked.
    private var failures: [String] {
        let failed = report.stages.reduce(0.0) { $0 + ($1.statistics[.failed] ?? 0) }
        let rows = failedRows
        if failed == 0, rows.isEmpty { return [] }
        let calls =
            failed == 0 ? "" : "\(NumberFormat.count(Int(failed), "call")) gave no usable answer"
        let words = rows.map { "\($0.key) \(NumberFormat.number($0.value))" }.joined(
            separator: ", ")
        let reasons = rows.isEmpty ? "" : "rows without a usable answer: \(words)"
        return [
            [calls, reasons].filter { !$0.isEmpty }.joined(separator: "; ")
                + ": `curate retry --errors-only` asks again"
        ]
    }

    /// Rows that a stage got no usable answer for, by reason, also where an earlier run asked.
    private var failedRows: [(key: String, value: Int)] {
        var sums: [String: Int] = [:]
        for stage in report.stages {
            for (reason, rows) in stage.statistics.failedRows {
                sums[reason, default: 0] += rows
            }
        }
        return sums.sorted { $0.key < $1.key }
    }

    private var ending: [String] {
        var lines: [String] = []
        if report.failedRows > 0 {
            lines.append(
                "\(NumberFormat.count(report.failedRows, "row")) failed; refused.jsonl names them")
        }
        let reused = report.stages.filter(\.isReused).count
        var last =
            "\(NumberFormat.count(report.stages.count, "stage")) in "
            + "\(NumberFormat.seconds(report.seconds))"
        if reused > 0 { last += ", \(NumberFormat.number(reused)) reused" }
        return lines + [last] + release
    }

    /// Where the release lies, or why there is no new one: nobody shall take an earlier run's
    /// release for this one's.
    private var release: [String] {
        if let release = report.release {
            let mark = report.exitCode == 0 ? "" : " (of a run with exit code \(report.exitCode))"
            return ["release: \(release)\(mark)"]
        }
        let none = "folder: \(report.folder) (no release)"
        if !report.withheld.isEmpty {
            let because = "not published: \(report.withheld.joined(separator: "; "))"
            guard let older = report.olderRelease else { return [none, because] }
            return [
                because,
                "release of \(Self.moment(older)) stays: \(older.folder) "
                    + "(`--publish always` replaces it)",
            ]
        }
        return [none] + (report.olderRelease.map(Self.older) ?? [])
    }

    private static func moment(_ release: OlderRelease) -> String {
        release.record.map { "\($0.moment) UTC" } ?? "an earlier run"
    }

    private static func older(_ release: OlderRelease) -> [String] {
        if release.outdated.isEmpty {
            return ["release of an earlier run: \(release.folder); a whole run would not change it"]
        }
        return ["release of an earlier run, outdated: \(release.folder); a whole run would:"]
            + release.outdated.map { "  \($0.stage): \(StatusCommand.words($0.state))" }
    }

    /// Prompt and completion tokens that the stage counted; nil when it counts none.
    private static func tokens(_ stage: StageReport) -> Int? {
        let counters: [Counter] = [.promptTokens, .completionTokens]
        let numbers = counters.compactMap { stage.statistics[$0] }
        if numbers.isEmpty { return nil }
        return Int(numbers.reduce(0, +).rounded())
    }
}
