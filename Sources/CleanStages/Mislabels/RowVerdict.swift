internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// What becomes of one row: its line in the sidecar, and the labels that were decided about.
struct RowVerdict: Sendable {
    let verdicts: Verdicts
    let categories: [String]
    /// Whether all flagged labels of a category go back.
    let relabelled: [Bool]
    let decisions: Decisions
    /// Whether each row has exactly one category.
    let isSingleLabel: Bool
    /// Whether the row's text is wanted for the files.
    let isListed: [Bool]

    /// - Parameter fold: The row's fold, whose models did not learn from it; nil without folds.
    func outcome(_ row: Row, fold: Int?, _ settings: MislabelSettings) -> Outcome {
        let mine = verdicts.of(row: row.index)
        var record = row.record
        var needsLabel = false
        var isChanged = false
        if !decisions.isEmpty {
            for label in row.record.labels.known {
                let verdict = mine.first { categories[Int($0.category)] == label.category }
                guard let made = decisions[record.id, label.category],
                    let right = Self.right(label, verdict, made.decision), right != label.value
                else { continue }
                switch settings.apply {
                case .none: needsLabel = true
                case .refuse:
                    return .refuse(
                        "mislabelled", score: (verdict?.suspicion).map(MislabelFiles.short),
                        detail: label.category)
                case .flip:
                    if flip(label, in: &record, verdict) {
                        record.provenance.labelledBy = made.who ?? "review"
                        isChanged = true
                        // A label that another one implies is 0 now: one of the two is wrong.
                        if verdict?.given == false, !right { needsLabel = true }
                    } else {
                        needsLabel = true
                    }
                }
            }
        }
        for verdict in mine where verdict.flag != .none && relabelled[Int(verdict.category)] {
            // What was turned round already needs no second label.
            let made = decisions[record.id, categories[Int(verdict.category)]]?.decision
            if !(isChanged && made == .wrong) { needsLabel = true }
        }
        return Outcome(
            isChanged ? .replace(record) : .keep,
            note: note(mine, fold, settings.rowQuality, relabel: needsLabel))
    }

    /// The value that a decision comes to; nil for an unsure one.
    ///
    /// A decision is about the label that the source gave, which is not always the record's.
    private static func right(
        _ label: Labels.Label, _ verdict: Verdict?, _ decision: Decisions.Decision
    ) -> Bool? {
        let given = verdict?.given ?? label.value
        return switch decision {
        case .correct: given
        case .wrong: !given
        case .unsure: nil
        }
    }

    /// Gives a label its other value, or a row of one category the likeliest other one.
    ///
    /// False when nothing says which.
    private func flip(
        _ label: Labels.Label, in record: inout Record, _ verdict: Verdict?
    ) -> Bool {
        if isSingleLabel {
            guard label.value, let verdict, verdict.suggested >= 0 else { return false }
            record.labels[categories[Int(verdict.suggested)]] = true
        }
        record.labels[label.category] = !label.value
        return true
    }

    private func note(
        _ mine: ArraySlice<Verdict>, _ fold: Int?, _ rowQuality: RowQuality, relabel: Bool
    ) -> [UInt8] {
        let flagged = mine.filter { $0.flag != .none }
        let qualities = mine.map(\.quality).filter { !$0.isNaN }.map { Double($0) }
        return MislabelsNote(
            quality: rowQuality.combined(qualities).map { MislabelFiles.short(Float($0)) },
            fold: fold,
            scores: mine.map {
                (categories[Int($0.category)], MislabelFiles.short($0.suspicion))
            }, flags: flagged.map { categories[Int($0.category)] },
            isAudited: mine.contains(where: \.isAudited), needsLabel: relabel
        ).line
    }
}

extension RowVerdict: Portable {
    func write(to bytes: inout PortableWriter) {
        verdicts.write(to: &bytes)
        categories.write(to: &bytes)
        relabelled.write(to: &bytes)
        decisions.write(to: &bytes)
        isSingleLabel.write(to: &bytes)
        isListed.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        verdicts = try Verdicts(from: &bytes)
        categories = try [String](from: &bytes)
        relabelled = try [Bool](from: &bytes)
        decisions = try Decisions(from: &bytes)
        isSingleLabel = try Bool(from: &bytes)
        isListed = try [Bool](from: &bytes)
    }
}
