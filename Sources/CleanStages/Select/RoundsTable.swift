internal import Records
internal import StageKit
internal import Vectors

/// Rows with a known label of a category, and those of them that have it.
public struct PositiveCount: Sendable, Equatable {
    public private(set) var labelled = 0
    public private(set) var positive = 0

    init() {}

    init(labelled: Int, positive: Int) {
        self.labelled = labelled
        self.positive = positive
    }

    mutating func add(_ isPositive: Bool) {
        labelled += 1
        if isPositive { positive += 1 }
    }

    /// 0...1; nil without a labelled row.
    public var share: Double? { labelled == 0 ? nil : Double(positive) / Double(labelled) }

    /// The share's interval with 95 % confidence (Wilson 1927).
    public var interval: (low: Double, high: Double)? {
        WilsonInterval(successes: positive, of: labelled).map { ($0.low, $0.high) }
    }
}

/// How many of the picked rows had the category that they were picked for, by round and way of
/// picking, beside the share that a random draw finds.
///
/// A row picked again since it was not labelled counts in its last round.
public struct RoundsTable: Sendable {
    /// What a round and way of picking found.
    public struct Row: Sendable {
        public let round: Int
        /// random, highest, threshold or uncertainty.
        public let pipeline: String
        /// That the labels are of, and that the rows were picked for unless at random.
        public let category: String
        /// Rows picked so, labelled or not.
        public let picked: Int
        public let found: PositiveCount
    }

    public let rows: [Row]
    /// Labels of the rows that were picked at random, over all rounds.
    private let random: [String: PositiveCount]
    /// Labels of the rows that no round picked.
    private let given: [String: PositiveCount]

    private struct Key: Hashable {
        let round: Int
        let pipeline: String
        let category: String?
    }

    init(_ taken: TakenLabels, given: [String: PositiveCount], taxonomy: Taxonomy?) {
        var picked: [Key: Int] = [:]
        var found: [Key: [String: PositiveCount]] = [:]
        var random: [String: PositiveCount] = [:]
        for (id, origins) in taken.origins {
            for origin in origins {
                let key = Key(
                    round: origin.round, pipeline: origin.pipeline, category: origin.category)
                picked[key, default: 0] += 1
                guard origin.round == origins.map(\.round).max() else { continue }
                for label in taken.labels(of: id, taxonomy).known
                where origin.category == nil || origin.category == label.category {
                    found[key, default: [:]][label.category, default: PositiveCount()]
                        .add(label.value)
                    if origin.category == nil {
                        random[label.category, default: PositiveCount()].add(label.value)
                    }
                }
            }
        }
        var rows: [Row] = []
        for (key, count) in picked {
            var categories = found[key] ?? [:]
            if let category = key.category, categories.isEmpty {
                categories[category] = PositiveCount()
            }
            rows += categories.map { category, found in
                Row(
                    round: key.round, pipeline: key.pipeline, category: category, picked: count,
                    found: found)
            }
        }
        self.rows = rows.sorted {
            ($0.round, $0.category, $0.pipeline) < ($1.round, $1.category, $1.pipeline)
        }
        self.random = random
        self.given = given
    }

    /// What a random draw finds of a category: the random picks of all rounds, or, without any, the
    /// rows that were labelled otherwise.
    public func randomDraw(_ category: String) -> (count: PositiveCount, isOfPicks: Bool)? {
        if let count = random[category], count.labelled > 0 { return (count, true) }
        return given[category].map { ($0, false) }
    }

    /// How many times the share of a random draw a row's share is; nil where that finds none.
    public func times(_ row: Row) -> Double? {
        guard let share = row.found.share, let random = randomDraw(row.category)?.count.share,
            random > 0
        else { return nil }
        return share / random
    }

    /// The interval of ``times(_:)`` with 95 % confidence; nil without labels on both sides, and
    /// for random picks themselves.
    public func timesInterval(_ row: Row) -> (low: Double, high: Double)? {
        guard row.pipeline != "random", let random = randomDraw(row.category)?.count else {
            return nil
        }
        return ShareRatio(
            row.found.positive, of: row.found.labelled, to: random.positive, of: random.labelled
        ).map { ($0.low, $0.high) }
    }

    /// The table's rows as JSON.
    public var json: [[UInt8]] {
        rows.map { row in
            var object = JSONObject()
            object["round"] = .integer(row.round)
            object["pipeline"] = .string(row.pipeline)
            object["category"] = .string(row.category)
            object["picked"] = .integer(row.picked)
            object["labelled"] = .integer(row.found.labelled)
            object["positive"] = .integer(row.found.positive)
            object["share"] = Self.number(row.found.share)
            object["share_low"] = Self.number(row.found.interval?.low)
            object["share_high"] = Self.number(row.found.interval?.high)
            let random = randomDraw(row.category)
            object["random_share"] = Self.number(random?.count.share)
            object["random_low"] = Self.number(random?.count.interval?.low)
            object["random_high"] = Self.number(random?.count.interval?.high)
            object["random_of"] = random.map { .string($0.isOfPicks ? "picks" : "given") } ?? .null
            object["times_random"] = Self.number(times(row))
            object["times_low"] = Self.number(timesInterval(row)?.low)
            object["times_high"] = Self.number(timesInterval(row)?.high)
            return object.bytes
        }
    }

    /// Six decimals.
    private static func number(_ value: Double?) -> JSONObject.Value {
        value.map { .number(($0 * 1_000_000).rounded() / 1_000_000) } ?? .null
    }
}
