internal import Pipeline
internal import Records
internal import Vectors

/// The unlabelled rows that are picked, and why.
struct Selection: Sendable {
    struct Picked: Portable {
        let ways: [String]
        /// How many chosen rows of its group this one stands for, at least 1.
        let weight: Double
        /// The score, 0...1, in the category that the first way chose for; nil at random.
        let score: Double?

        init(ways: [String], weight: Double, score: Double?) {
            self.ways = ways
            self.weight = weight
            self.score = score
        }

        func write(to bytes: inout PortableWriter) {
            ways.write(to: &bytes)
            weight.write(to: &bytes)
            score.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            ways = try [String](from: &bytes)
            weight = try Double(from: &bytes)
            score = try Double?(from: &bytes)
        }
    }

    /// By row.
    let picked: [Int: Picked]

    /// - Parameters:
    ///   - pool: The unlabelled rows, ascending.
    ///   - isScored: Whether a row's scores mean something, by place in the pool.
    ///   - scores: Category → place in the pool → probability.
    ///   - group: The group of a place in the pool.
    init(
        pool: [Int], isScored: [Bool], scores: [[Double]], categories: [String],
        settings: SelectSettings, seed: UInt64, group: (Int) -> String
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
        for pick in kept {
            let name = group(pick.row)
            picked[pool[pick.row]] = Picked(
                ways: pick.reasons.map { Self.word($0, categories) },
                weight: Double(before[name] ?? 1) / Double(max(1, after[name] ?? 1)),
                score: pick.reasons.first?.category.map { scores[$0][pick.row] })
        }
        self.picked = picked
    }

    private static func word(_ reason: ActiveSelection.Reason, _ categories: [String]) -> String {
        switch reason {
        case .random: "random"
        case .highest(let category): "highest:\(categories[category])"
        case .aboveThreshold(let category): "threshold:\(categories[category])"
        case .uncertain(let category): "uncertainty:\(categories[category])"
        }
    }
}

extension Selection.Picked {
    /// The row's line in the sidecar.
    var note: [UInt8] {
        var note = JSONObject()
        note["picked_by"] = .strings(ways)
        note["weight"] = .number(weight)
        if let score { note["score"] = .number(score) }
        return note.bytes
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

    func outcome(_ row: Int) -> Outcome {
        guard unlabelled.contains(row) else { return .keep }
        guard let picked = picked[row] else { return .refuse("not_selected") }
        return Outcome(.keep, note: picked.note)
    }

    func write(to bytes: inout PortableWriter) {
        unlabelled.write(to: &bytes)
        picked.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        unlabelled = try Set<Int>(from: &bytes)
        picked = try [Int: Selection.Picked](from: &bytes)
    }
}
