internal import Pipeline
internal import Records
internal import StageKit

/// What the stage writes for people: the ranking, the audit and the summary.
struct MislabelFiles: Sendable {
    let verdicts: Verdicts
    let audit: Audit
    let categories: [String]
    let ids: IdentifierColumn

    /// `suspects.jsonl`: the most suspicious labels first, contradictions before all others.
    func writeRanking(_ output: StageOutput, listed: Int) throws(Fault) {
        let file = try output.open("suspects.jsonl")
        for at in ranked(listed) { try file.append(line(verdicts.all[at])) }
        try output.close(file)
    }

    /// `audit.jsonl`: the labels to look at, by category and then row.
    func writeAudit(_ output: StageOutput) throws(Fault) {
        let file = try output.open("audit.jsonl")
        let audited = verdicts.all.filter(\.isAudited)
        for verdict in audited.sorted(by: { ($0.category, $0.row) < ($1.category, $1.row) }) {
            try file.append(line(verdict))
        }
        try output.close(file)
    }

    /// Places of the `listed` most suspicious verdicts and of all flagged ones, in order.
    private func ranked(_ listed: Int) -> [Int] {
        let all = verdicts.all
        var limit = Float.infinity
        if all.count > listed {
            let scores = all.map(\.suspicion).sorted()
            limit = listed == 0 ? -1 : scores[listed - 1]
        }
        let places = all.indices.filter {
            all[$0].suspicion <= limit || all[$0].flag != .none
        }
        return places.sorted { one, two in
            (all[one].suspicion, one) < (all[two].suspicion, two)
        }
    }

    private func line(_ verdict: Verdict) -> [UInt8] {
        var line = JSONObject()
        line["id"] = .string(ids[Int(verdict.row)])
        line["category"] = .string(categories[Int(verdict.category)])
        line["given"] = .integer(verdict.given ? 1 : 0)
        line["probability"] = .number(Self.short(verdict.probability))
        line["suspicion"] = .number(Self.short(verdict.suspicion))
        line["flag"] =
            switch verdict.flag {
            case .none: .null
            case .model: .string("model")
            case .contradiction: .string("contradiction")
            }
        line["suggested"] =
            verdict.suggested < 0 ? .null : .string(categories[Int(verdict.suggested)])
        return line.bytes
    }

    /// Six decimals; NaN stays, and is written as null.
    static func short(_ number: Float) -> Double {
        (Double(number) * 1_000_000).rounded() / 1_000_000
    }

    /// `summary.json`: one object a category.
    func summary() -> [UInt8] {
        var counts = [(flagged: Int, contradictions: Int)](
            repeating: (0, 0), count: categories.count)
        for verdict in verdicts.all where verdict.flag != .none {
            counts[Int(verdict.category)].flagged += 1
            if verdict.flag == .contradiction { counts[Int(verdict.category)].contradictions += 1 }
        }
        var root = JSONObject()
        for (at, category) in categories.enumerated() {
            let (finding, outcome) = (verdicts.findings[at], audit.outcomes[at])
            var object = JSONObject()
            object["rows"] = .integer(finding.rows)
            object["positives"] = .integer(finding.positives)
            object["unsupported"] = .boolean(!finding.isSupported)
            object["unsupported_because"] = finding.gap.map { .string($0.rawValue) } ?? .null
            object["flagged"] = .integer(counts[at].flagged)
            object["contradictions"] = .integer(counts[at].contradictions)
            object["estimated_noise"] = finding.estimatedNoise.map { .number($0) } ?? .null
            object["audited"] = .integer(outcome.drawn)
            object["decided"] = .integer(outcome.decided)
            object["wrong"] = .integer(outcome.wrong)
            object["wrong_share"] = outcome.wrongShare.map { .number($0) } ?? .null
            object["relabel_all"] = .boolean(outcome.relabelsAll)
            root[category] = .raw(object.bytes)
        }
        return root.bytes + [UInt8(ascii: "\n")]
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
                + "judged labels "
                + "are flagged"
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
