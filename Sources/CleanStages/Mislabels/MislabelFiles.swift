internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// What the stage writes for people: the ranking, the audit and the summary.
struct MislabelFiles: Sendable {
    let verdicts: Verdicts
    let audit: Audit
    let categories: [String]
    let ids: IdentifierColumn
    let labels: LabelTable
    let training: TrainingRows
    /// The neighbours of the training rows; nil where nothing is judged.
    let neighbours: NeighbourTable?
    /// Places of the verdicts that `suspects.jsonl` lists, the most suspicious first.
    let ranked: [Int32]

    /// - Parameter listed: How many verdicts are listed at most.
    init(
        verdicts: Verdicts, audit: Audit, categories: [String], ids: IdentifierColumn,
        labels: LabelTable, training: TrainingRows, neighbours: NeighbourTable?, listed: Int
    ) {
        self.verdicts = verdicts
        self.audit = audit
        self.categories = categories
        self.ids = ids
        self.labels = labels
        self.training = training
        self.neighbours = neighbours
        ranked = Self.ranked(verdicts, listed)
    }

    /// Places of the `listed` most suspicious verdicts in order: of equally suspicious ones first
    /// what the models find less likely, then the earlier.
    private static func ranked(_ verdicts: Verdicts, _ listed: Int) -> [Int32] {
        let all = verdicts.all
        func key(_ at: Int32) -> (Float, Float, Int32) {
            let own = all[Int(at)].ownProbability
            return (-all[Int(at)].suspicion, own.isNaN ? -1 : own, at)
        }
        return Array((0..<Int32(all.count)).sorted { key($0) < key($1) }.prefix(listed))
    }

    /// What is said of flagged labels that `suspects.jsonl` has no room for.
    var notes: [String] {
        let flagged = verdicts.all.count { $0.flag != .none }
        let listed = ranked.count { verdicts.all[Int($0)].flag != .none }
        if listed == flagged { return [] }
        return [
            "suspects.jsonl lists \(NumberFormat.number(listed)) of "
                + "\(NumberFormat.number(flagged)) flagged labels; `listed_labels` makes it longer"
        ]
    }

    /// Whether a line is written about each row, so that its text is wanted.
    var isListed: [Bool] {
        var rows = [Bool](repeating: false, count: verdicts.rows)
        for at in ranked { rows[Int(verdicts.all[Int(at)].row)] = true }
        for verdict in verdicts.all where verdict.isAudited { rows[Int(verdict.row)] = true }
        return rows
    }

    /// `suspects.jsonl`: the most suspicious labels first, contradictions before all others.
    func writeRanking(_ output: StageOutput, _ listed: ListedRows) throws(Fault) {
        let file = try output.open("suspects.jsonl")
        for at in ranked { try file.append(line(verdicts.all[Int(at)], listed)) }
        try output.close(file)
    }

    /// `audit.jsonl`: the labels to look at, by category and then row.
    func writeAudit(_ output: StageOutput, _ listed: ListedRows) throws(Fault) {
        let file = try output.open("audit.jsonl")
        let audited = verdicts.all.filter(\.isAudited)
        for verdict in audited.sorted(by: { ($0.category, $0.row) < ($1.category, $1.row) }) {
            try file.append(line(verdict, listed))
        }
        try output.close(file)
    }

    private func line(_ verdict: Verdict, _ listed: ListedRows) -> [UInt8] {
        let row = Int(verdict.row)
        var line = JSONObject()
        line["id"] = .string(ids[row])
        line["text"] = listed.text(of: row).map { .string($0) } ?? .null
        line["category"] = .string(categories[Int(verdict.category)])
        line["given"] = .integer(verdict.given ? 1 : 0)
        line["suggested"] =
            verdict.suggested < 0
            ? .integer(verdict.given ? 0 : 1) : .string(categories[Int(verdict.suggested)])
        line["suspicion"] = .number(Self.short(verdict.suspicion))
        line["wrong_probability"] = .number(Self.short(verdict.wrongProbability))
        line["probability"] = .number(Self.short(verdict.probability))
        line["flag"] =
            switch verdict.flag {
            case .none: .null
            case .model: .string("model")
            case .contradiction: .string("contradiction")
            }
        line["reasons"] = .strings(reasons(verdict))
        line["neighbours_differ"] = .number(Self.short(verdict.disagreement))
        line["neighbours"] = .strings(differing(verdict, listed))
        return line.bytes
    }

    /// What speaks against a label, in words.
    private func reasons(_ verdict: Verdict) -> [String] {
        var reasons: [String] = []
        if verdict.flag == .contradiction, verdict.partner >= 0 {
            reasons.append("contradicts `\(categories[Int(verdict.partner)])` by the taxonomy")
        }
        if verdict.ownProbability < 0.5 {
            reasons.append("models that did not see the row find another label likelier")
        }
        if verdict.disagreement > 0.5 {
            reasons.append("most of the nearest neighbours have another label")
        }
        return reasons
    }

    /// Neighbours that a line names.
    private static let namedNeighbours = 5

    /// Ids of the nearest neighbours with another label, nearest first.
    private func differing(_ verdict: Verdict, _ listed: ListedRows) -> [String] {
        if verdict.disagreement.isNaN { return [] }
        let row = Int(verdict.row)
        let column = labels.columns[Int(verdict.category)]
        let own: Int8 = verdict.given ? 1 : 0
        let near =
            training.place(of: row).map { place in
                neighbours.map { Array($0.neighbours(at: place)) } ?? []
            } ?? listed.neighbours(of: row)
        return near.filter { column[Int($0)] >= 0 && column[Int($0)] != own }
            .prefix(Self.namedNeighbours).map { ids[Int($0)] }
    }

    /// Six decimals; NaN stays, and is written as null.
    static func short(_ number: Float) -> Double {
        (Double(number) * 1_000_000).rounded() / 1_000_000
    }
}
