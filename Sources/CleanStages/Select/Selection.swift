internal import Pipeline
internal import Records
internal import Vectors

/// The unlabelled rows that are picked, and why.
struct Selection: Sendable {
    struct Picked: Portable {
        let ways: [String]
        /// How many chosen rows of its group this one stands for, at least 1.
        let weight: Double
        let origin: PickOrigin
        /// 0 for the row that is most worth a label.
        let rank: Int

        init(ways: [String], weight: Double, origin: PickOrigin, rank: Int) {
            self.ways = ways
            self.weight = weight
            self.origin = origin
            self.rank = rank
        }

        func write(to bytes: inout PortableWriter) {
            ways.write(to: &bytes)
            weight.write(to: &bytes)
            origin.write(to: &bytes)
            rank.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            ways = try [String](from: &bytes)
            weight = try Double(from: &bytes)
            origin = try PickOrigin(from: &bytes)
            rank = try Int(from: &bytes)
        }
    }

    /// By row.
    let picked: [Int: Picked]

    /// - Parameters:
    ///   - pool: The unlabelled rows, ascending.
    ///   - isScored: Whether a row's scores mean something, by place in the pool.
    ///   - scores: Category → place in the pool → probability.
    ///   - round: That rows are picked for, from 1.
    ///   - group: The group of a place in the pool.
    init(
        pool: [Int], isScored: [Bool], scores: [[Double]], categories: [String],
        settings: SelectSettings, round: Int, seed: UInt64, group: (Int) -> String
    ) throws(Fault) {
        let ways = try ActiveSelection(
            scores: scores, rows: pool.count, isScored: isScored, seed: seed)
        let wanted = min(settings.oversample * Double(settings.budget), Double(pool.count))
        let thresholds = categories.map { settings.thresholds[$0] ?? settings.defaultThreshold }
        let chosen = try ways.select(
            settings.mixture, thresholds: thresholds, count: Int(wanted.rounded(.up)))
        let kept = try ActiveSelection.reweighted(chosen, budget: settings.budget, group: group)
        var before: [String: Int] = [:]
        for pick in chosen { before[group(pick.row), default: 0] += 1 }
        var after: [String: Int] = [:]
        for pick in kept { after[group(pick.row), default: 0] += 1 }
        var picked: [Int: Picked] = [:]
        for (rank, pick) in kept.enumerated() {
            let name = group(pick.row)
            let first = pick.reasons[0]
            picked[pool[pick.row]] = Picked(
                ways: pick.reasons.map { reason in
                    reason.way + (reason.category.map { ":\(categories[$0])" } ?? "")
                },
                weight: Double(before[name] ?? 1) / Double(max(1, after[name] ?? 1)),
                origin: PickOrigin(
                    pipeline: first.way, category: first.category.map { categories[$0] },
                    score: first.category.map { scores[$0][pick.row] }, round: round),
                rank: rank)
        }
        self.picked = picked
    }
}

extension ActiveSelection.Reason {
    /// The way of choosing, as `mixture` names it.
    fileprivate var way: String {
        switch self {
        case .random: "random"
        case .highest: "highest"
        case .aboveThreshold: "threshold"
        case .uncertain: "uncertainty"
        }
    }
}

extension Selection.Picked {
    /// The row's line in the sidecar.
    var note: [UInt8] {
        var note = JSONObject()
        note["picked_by"] = .strings(ways)
        note["weight"] = .number(weight)
        if let score = origin.score { note["score"] = .number(score) }
        return note.bytes
    }

    /// The row's line in `picks.jsonl`, with room for labels.
    func line(id: String, text: String) -> [UInt8] {
        var line = JSONObject()
        line["id"] = .string(id)
        line["text"] = .string(text)
        origin.add(to: &line)
        line["labels"] = .raw(Array("{}".utf8))
        return line.bytes
    }
}

/// What becomes of the rows: the unlabelled ones go on where they are picked.
struct SelectionVerdict: Portable {
    private var unlabelled: Set<Int> = []
    private var picked: [Int: Selection.Picked] = [:]

    init() {}

    init(unlabelled: [Int], picked: [Int: Selection.Picked]) {
        self.unlabelled = Set(unlabelled)
        self.picked = picked
    }

    /// - Parameter labelled: The record with what people said of it; nil where nobody did.
    func outcome(_ row: Int, labelled: Record?) -> Outcome {
        guard unlabelled.contains(row) else {
            guard let labelled else { return .keep }
            return labelled.labels.isEmpty ? .refuse("undecided") : Outcome(.replace(labelled))
        }
        guard let picked = picked[row] else { return .refuse("not_selected") }
        return Outcome(.keep, note: picked.note)
    }

    func isPicked(_ row: Int) -> Bool { picked[row] != nil }

    /// The picks in the order of their rows.
    var picks: [Selection.Picked] { picked.sorted { $0.key < $1.key }.map(\.value) }

    func write(to bytes: inout PortableWriter) {
        unlabelled.write(to: &bytes)
        picked.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        unlabelled = try Set<Int>(from: &bytes)
        picked = try [Int: Selection.Picked](from: &bytes)
    }
}
