internal import Pipeline
internal import Records

/// Says what the labellers did: statistics, gates and notes.
struct LabelReport {
    private let output: StageOutput
    private let tally: LabelTally
    private let mostFailed: Double

    /// - Parameter mostFailed: The share of its rows to which a labeller that asks may get no
    ///   usable answer.
    init(_ output: StageOutput, _ tally: LabelTally, mostFailed: Double) {
        self.output = output
        self.tally = tally
        self.mostFailed = mostFailed
    }

    /// - Parameter labellers: In the order of the chain; `mostPassed` is the share of its rows that
    ///   one may pass.
    func write(_ labellers: [(name: String, isRemote: Bool, mostPassed: Double?)]) {
        for (name, number) in tally.numbers { output.count(name, Double(number)) }
        for (labeller, turns) in zip(labellers, tally.turns) {
            reportConfidence(labeller.name, turns)
            reportFailures(labeller.name, turns, isRemote: labeller.isRemote)
            gatePassed(labeller.name, turns, labeller.mostPassed)
        }
        if let left = tally.numbers["unlabelled"], left > 0 {
            output.note(
                "\(NumberFormat.count(left, "row has", "rows have")) no label: no labeller had "
                    + "an answer"
            )
        }
    }

    private func reportConfidence(_ name: String, _ turns: LabellerTurns) {
        guard turns.unreadConfidence > 0 else { return }
        output.count("confidence_unread.\(name)", Double(turns.unreadConfidence))
        output.note(
            "\(name): "
                + "\(NumberFormat.count(turns.unreadConfidence, "answer has", "answers have")) a "
                + "confidence that is no share of 1 and counts as unknown")
    }

    private func reportFailures(_ name: String, _ turns: LabellerTurns, isRemote: Bool) {
        let reasons = turns.failures.sorted { $0.key < $1.key }
        for (reason, number) in reasons { output.count(.failedRows(reason), Double(number)) }
        guard isRemote, turns.asked > 0 else { return }
        let words = reasons.map { "\($0.key) \(NumberFormat.number($0.value))" }
        let share = Double(turns.failed) / Double(turns.asked)
        let detail =
            "\(NumberFormat.number(turns.failed)) of \(NumberFormat.count(turns.asked, "row")) "
            + "got no usable "
            + "answer"
            + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
        output.gate(
            "answers of \(name)", passed: share <= mostFailed,
            detail: share <= mostFailed
                ? detail : detail + ", more than the \(Self.percent(mostFailed)) of max_failed")
        if turns.failed > 0, share <= mostFailed { output.note("\(name): \(detail)") }
    }

    private func gatePassed(_ name: String, _ turns: LabellerTurns, _ mostPassed: Double?) {
        guard let mostPassed, turns.rows > 0 else { return }
        let share = Double(turns.passed) / Double(turns.rows)
        output.gate(
            "rows passed by \(name)", passed: share <= mostPassed,
            detail:
                "\(NumberFormat.number(turns.passed)) of \(NumberFormat.count(turns.rows, "row"))"
                + (share <= mostPassed
                    ? "" : ", more than the \(Self.percent(mostPassed)) of max_passed"))
    }

    private static func percent(_ share: Double) -> String {
        let tenths = NumberFormat.tenths(share * 100)
        return "\(tenths.hasSuffix(".0") ? String(tenths.dropLast(2)) : tenths) %"
    }
}
