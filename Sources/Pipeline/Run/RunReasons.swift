internal import Records

/// Why a run ends with exit code 1, in the words of the first lines of its summary.
extension RunReport {
    /// Gates first, then stages without rows, unreadable input, rows without an answer, and what
    /// the published release has that this run did not make.
    ///
    /// Each list is in the order of the stages. A stage that keeps its rows although calls failed
    /// has a gate of its own, since only it knows which calls a row needed.
    public var reasons: [String] {
        let gates = failedGates.map {
            "gate failed: \($0.stage): \($0.gate.name): \($0.gate.detail)"
        }
        return gates + emptied + stages.compactMap(unreadable) + stages.compactMap(unanswered)
            + shrinkage
    }

    /// The stage that kept no row; those after it had none to keep.
    private var emptied: [String] {
        guard let stage = stages.first(where: { $0.counts.kept == 0 }) else { return [] }
        let counts = stage.counts
        if counts.input + counts.added == 0 {
            return ["failed: \(stage.stage): kept no row: there was none to begin with"]
        }
        let most = counts.refusedByReason.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first
        return [
            "failed: \(stage.stage): kept no row: "
                + "\(NumberFormat.count(counts.refused, "row")) refused"
                + (most.map { ", \(NumberFormat.number($0.value)) of them as \($0.key)" } ?? "")
        ]
    }

    private func unreadable(_ stage: StageReport) -> String? {
        guard isBeyond(stage.badInput, of: stage.counts.input, allowance.refused) else {
            return nil
        }
        return "failed: \(stage.stage): \(NumberFormat.number(stage.badInput)) of "
            + "\(NumberFormat.count(stage.counts.input, "row")) unreadable, more than the "
            + "\(Allowance.percent(allowance.refused)) of allow.refused"
    }

    private func unanswered(_ stage: StageReport) -> String? {
        let failed = stage.failures.values.reduce(0, +)
        guard isBeyond(failed, of: stage.counts.input, allowance.failed) else { return nil }
        let codes = stage.failures.keys.sorted().joined(separator: ", ")
        return "failed: \(stage.stage): \(NumberFormat.number(failed)) of "
            + "\(NumberFormat.count(stage.counts.input, "row")) refused as \(codes), more than the "
            + "\(Allowance.percent(allowance.failed)) of allow.failed"
    }

    private func isBeyond(_ part: Int, of whole: Int, _ share: Double) -> Bool {
        Double(part) > Double(whole) * share
    }
}
