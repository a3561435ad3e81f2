internal import Pipeline
internal import Records

/// What a run prints at its end: rows a stage, refusals a reason, categories and splits, tokens,
/// seconds, and where the release lies.
struct RunSummary {
    let report: RunReport

    var lines: [String] {
        var sections = [stages, reasons, spending]
        if let table = CategoryTable.lines(of: report.stages) { sections.append(table) }
        sections.append(ending)
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [""]))
    }

    private var stages: [String] {
        var table = Table(["stage", "in", "added", "kept", "refused", "tokens", "seconds"])
        for stage in report.stages {
            let counts = stage.counts
            table.add([
                stage.stage, Words.number(counts.input), Words.number(counts.added),
                Words.number(counts.kept), Words.number(counts.refused),
                Self.tokens(stage).map(Words.number) ?? "",
                stage.isReused ? "reused" : Words.tenths(stage.statistics.seconds),
            ])
        }
        return table.lines
    }

    private var reasons: [String] {
        var table = Table(["refused by", "reason", "rows"], left: [0, 1])
        for stage in report.stages {
            for (reason, rows) in stage.counts.refusedByReason.sorted(by: { $0.key < $1.key }) {
                table.add([stage.stage, reason, Words.number(rows)])
            }
        }
        return table.isEmpty ? [] : table.lines
    }

    /// What the stages that asked a model used, beside what `curate plan` foresaw.
    private var spending: [String] {
        var table = Table(["asked by", "calls", "cached", "refused", "failed", "tokens", "money"])
        for stage in report.stages {
            let counters = stage.statistics.counters
            guard let planned = counters["planned_calls"] else { continue }
            func whole(_ name: String) -> String { Words.number(Int(counters[name] ?? 0)) }
            func money(_ name: String) -> String {
                Words.money(Int64(((counters[name] ?? 0) * 1e6).rounded()))
            }
            table.add([
                stage.stage, whole("calls"), whole("cached"), whole("refused"), whole("failed"),
                whole("tokens"), money("money"),
            ])
            table.add([
                "  foreseen", Words.number(Int(planned)), "", "", "",
                whole("planned_tokens"), money("planned_money"),
            ])
        }
        let batches = report.stages.compactMap { stage in
            BatchWords.line(stage.statistics).map { "\(stage.stage): \($0)" }
        }
        return (table.isEmpty ? [] : table.lines) + batches + failures
    }

    /// Calls without a usable answer are no fault of the run's, and easily overlooked.
    private var failures: [String] {
        let failed = report.stages.reduce(0.0) { $0 + ($1.statistics.counters["failed"] ?? 0) }
        let rows = failedRows
        if failed == 0, rows.isEmpty { return [] }
        let calls =
            failed == 0 ? "" : "\(Words.count(Int(failed), "call")) gave no usable answer"
        let words = rows.map { "\($0.key) \(Words.number($0.value))" }.joined(separator: ", ")
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
            for (name, number) in stage.statistics.counters where name.hasPrefix("failed.") {
                sums[String(name.dropFirst("failed.".count)), default: 0] += Int(number)
            }
        }
        return sums.sorted { $0.key < $1.key }
    }

    private var ending: [String] {
        var lines: [String] = []
        for (stage, gate) in report.failedGates {
            lines.append("gate failed: \(stage): \(gate.name): \(gate.detail)")
        }
        if report.failedRows > 0 {
            lines.append(
                "\(Words.count(report.failedRows, "row")) failed; refused.jsonl names them")
        }
        let reused = report.stages.filter(\.isReused).count
        var last =
            "\(Words.count(report.stages.count, "stage")) in \(Words.seconds(report.seconds))"
        if reused > 0 { last += ", \(Words.number(reused)) reused" }
        lines.append(last)
        lines.append(
            report.release.map { "release: \($0)" } ?? "folder: \(report.folder) (no release)")
        if let older = report.olderRelease { lines += Self.older(older) }
        return lines
    }

    /// Nobody shall take an earlier run's release for this one's.
    private static func older(_ release: OlderRelease) -> [String] {
        if release.outdated.isEmpty {
            return ["release of an earlier run: \(release.folder); a whole run would not change it"]
        }
        return ["release of an earlier run, outdated: \(release.folder); a whole run would:"]
            + release.outdated.map { "  \($0.stage): \(StatusCommand.words($0.state))" }
    }

    /// Prompt and completion tokens that the stage counted; nil when it counts none.
    private static func tokens(_ stage: StageReport) -> Int? {
        let counters = stage.statistics.counters
        let names = ["prompt_tokens", "completion_tokens"].filter { counters[$0] != nil }
        if names.isEmpty { return nil }
        return Int(names.reduce(0) { $0 + (counters[$1] ?? 0) }.rounded())
    }
}
