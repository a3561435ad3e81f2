internal import Records
internal import StageKit
internal import Vectors

/// What the stage says of each category, in a file and in sentences.
struct MislabelSummary: Sendable {
    let verdicts: Verdicts
    let audit: Audit
    let categories: [String]

    /// `summary.json`: one object a category.
    func file() -> [UInt8] {
        var counts = [(flagged: Int, contradictions: Int)](
            repeating: (0, 0), count: categories.count)
        for verdict in verdicts.all where verdict.flag != .none {
            counts[Int(verdict.category)].flagged += 1
            if verdict.flag == .contradiction { counts[Int(verdict.category)].contradictions += 1 }
        }
        var root = JSONObject()
        for (at, category) in categories.enumerated() {
            var object = JSONObject()
            let finding = verdicts.findings[at]
            object["rows"] = .integer(finding.rows)
            object["positives"] = .integer(finding.positives)
            object["unsupported"] = .boolean(!finding.isSupported)
            object["unsupported_because"] = finding.gap.map { .string($0.rawValue) } ?? .null
            object["flagged"] = .integer(counts[at].flagged)
            object["contradictions"] = .integer(counts[at].contradictions)
            addNoise(finding, &object)
            addAudit(audit.outcomes[at], &object)
            root[category] = .raw(object.bytes)
        }
        return root.bytes + [UInt8(ascii: "\n")]
    }

    private func addNoise(_ finding: CategoryFinding, _ object: inout JSONObject) {
        object["estimated_noise"] = finding.estimatedNoise.map { .number($0) } ?? .null
        object["label_health"] = finding.estimatedNoise.map { .number(1 - $0) } ?? .null
        if let missing = finding.likelyMissing { object["likely_missing"] = .integer(missing) }
        if let superfluous = finding.likelySuperfluous {
            object["likely_superfluous"] = .integer(superfluous)
        }
        if finding.likelyOthers.isEmpty { return }
        var others = JSONObject()
        for other in finding.likelyOthers {
            others[categories[other.category]] = .integer(other.labels)
        }
        object["likely_others"] = .raw(others.bytes)
    }

    private func addAudit(_ outcome: Audit.Outcome, _ object: inout JSONObject) {
        object["audited"] = .integer(outcome.drawn)
        object["decided"] = .integer(outcome.decided)
        object["wrong"] = .integer(outcome.wrong)
        object["wrong_share"] = outcome.wrongShare.map { .number($0) } ?? .null
        object["wrong_share_low"] = outcome.interval.map { .number($0.low) } ?? .null
        object["wrong_share_high"] = outcome.interval.map { .number($0.high) } ?? .null
        object["relabel_all"] = .boolean(outcome.relabelsAll)
    }

    /// Sentences for the user.
    ///
    /// - Parameter isSingleLabel: Whether a text has exactly one category.
    func notes(isSingleLabel: Bool) -> [String] {
        let remedy = SingleLabelSetting.remedy(isSingleLabel: isSingleLabel)
        let flagged = verdicts.all.count { $0.flag != .none }
        let contradictions = verdicts.all.count { $0.flag == .contradiction }
        var notes = [
            "\(NumberFormat.number(flagged)) of \(NumberFormat.number(verdicts.all.count)) "
                + "judged labels are flagged"
        ]
        if contradictions > 0 {
            notes[0] +=
                ", \(NumberFormat.number(contradictions)) because a row's labels contradict each "
                + "other"
        }
        for gap in CategoryFinding.Gap.allCases {
            let names = categories.indices.filter { verdicts.findings[$0].gap == gap }
                .map { categories[$0] }
            if names.isEmpty { continue }
            let listed =
                names.prefix(8).joined(separator: ", ")
                + (names.count > 8 ? " and \(names.count - 8) more" : "")
            switch gap {
            case .tooFewRows: notes.append("too few rows to judge: \(listed)")
            case .noKnownOne: notes.append("no 1 is known, so not judged: \(listed)")
            case .noKnownZero:
                notes.append(
                    "no 0 is known, so not judged: \(listed); \(remedy)")
            }
        }
        return notes + audit.notes
    }
}
