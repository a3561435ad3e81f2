public import Records

/// Which rows are worth a label: three ways of choosing at once, then a more even mix.
///
/// Markov et al. 2023, section 3.1: (1) at random, (2) at random above a category's threshold,
/// (3) nearest 0.5 in a category; the union is thinned by the square root of each group's size.
/// Mixture and thresholds are not published there. For rare categories above-threshold selection
/// with balanced models found far the most positives.
public struct ActiveSelection: Sendable {
    /// Why a row was chosen.
    public enum Reason: Sendable, Hashable {
        case random
        case aboveThreshold(category: Int)
        case uncertain(category: Int)
    }

    /// A chosen row and every way that chose it: random first, then by category.
    public struct Pick: Sendable, Equatable {
        public let row: Int
        public let reasons: [Reason]
    }

    /// How many rows each way may choose; each at least 0.
    public struct Quotas: Sendable, Equatable {
        /// Rows at random, in all.
        public var random: Int
        /// Rows above the threshold, a category.
        public var aboveThreshold: Int
        /// Rows nearest 0.5, a category.
        public var uncertain: Int

        public init(random: Int, aboveThreshold: Int, uncertain: Int) {
            self.random = random
            self.aboveThreshold = aboveThreshold
            self.uncertain = uncertain
        }
    }

    /// Category → row → score, 0...1.
    private let scores: [[Double]]
    private let eligible: [Int]
    /// Those of `eligible` whose scores mean something.
    private let scored: [Int]
    private let seed: UInt64

    /// - Parameters:
    ///   - scores: category → row → score by the latest model.
    ///   - eligible: the rows that may be chosen, ascending; nil for all.
    ///   - isScored: whether a row's scores mean something, a row; one whose do not is chosen at
    ///     random only. nil for all.
    /// - Throws: `badData` when scores, marks and rows do not fit, or a score is not a number.
    public init(
        scores: [[Double]], rows: Int, eligible: [Int]? = nil, isScored: [Bool]? = nil,
        seed: UInt64
    ) throws(Fault) {
        for (category, column) in scores.enumerated() {
            guard column.count == rows else {
                throw Fault(
                    .badData, "a column of scores has a wrong length",
                    why: "category \(category) has \(column.count) for \(rows) rows")
            }
            if let row = column.firstIndex(where: \.isNaN) {
                throw Fault(
                    .badData, "a score is not a number", why: "category \(category), row \(row)")
            }
        }
        if let eligible {
            guard eligible.allSatisfy({ (0..<rows).contains($0) }) else {
                throw Fault(.badData, "a row to select from lies outside the scores")
            }
        }
        if let isScored {
            guard isScored.count == rows else {
                throw Fault(
                    .badData, "the marks of scored rows have a wrong length",
                    why: "\(isScored.count) for \(rows) rows")
            }
        }
        self.scores = scores
        let all = eligible.map { Array(Set($0)).sorted() } ?? Array(0..<max(rows, 0))
        self.eligible = all
        scored = isScored.map { marks in all.filter { marks[$0] } } ?? all
        self.seed = seed
    }

    /// `count` eligible rows at random, or all.
    public func random(_ count: Int) -> [Int] {
        draw(count, of: eligible, "random", "")
    }

    /// `count` rows at random among those whose score exceeds `threshold`, or all of them.
    public func aboveThreshold(_ count: Int, category: Int, threshold: Double) -> [Int] {
        let column = scores[category]
        return draw(
            count, of: scored.filter { column[$0] > threshold }, "above", "\(category)")
    }

    /// The `count` rows whose score is nearest 0.5, nearest first; of equals the earlier.
    public func uncertain(_ count: Int, category: Int) -> [Int] {
        let column = scores[category]
        let order = scored.map { (abs(column[$0] - 0.5), $0) }.sorted { $0 < $1 }
        return order.prefix(max(0, count)).map(\.1)
    }

    /// The union of the three ways, by row.
    ///
    /// - Parameter thresholds: one a category.
    /// - Throws: `badData` unless there is one threshold a category.
    public func select(_ quotas: Quotas, thresholds: [Double]) throws(Fault) -> [Pick] {
        guard thresholds.count == scores.count else {
            throw Fault(
                .badData, "thresholds and scores differ in their categories",
                why: "\(thresholds.count) and \(scores.count)")
        }
        var chosen: [(row: Int, reason: Reason)] = random(quotas.random).map { ($0, .random) }
        for category in scores.indices {
            let above = aboveThreshold(
                quotas.aboveThreshold, category: category, threshold: thresholds[category])
            chosen += above.map { ($0, .aboveThreshold(category: category)) }
            let near = uncertain(quotas.uncertain, category: category)
            chosen += near.map { ($0, .uncertain(category: category)) }
        }
        var reasons: [Int: [Reason]] = [:]
        for (row, reason) in chosen { reasons[row, default: []].append(reason) }
        return reasons.sorted { $0.key < $1.key }.map { Pick(row: $0.key, reasons: $0.value) }
    }

    /// Thins picks to a budget, each group by the square root of its picks.
    ///
    /// - Parameter group: the group of a row, such as its source or language; names, because equal
    ///   draws need equal names whatever else is in the pool.
    /// - Throws: As ``SquareRootAllocation``.
    public func reweighted(
        _ picks: [Pick], budget: Int, group: (Int) -> String
    ) throws(Fault) -> [Pick] {
        var members: [String: [Pick]] = [:]
        for pick in picks { members[group(pick.row), default: []].append(pick) }
        let groups = members.sorted { $0.key < $1.key }
        let allowed = try SquareRootAllocation.allocate(groups.map(\.value.count), budget: budget)
        var kept: [Pick] = []
        for (group, count) in zip(groups, allowed) {
            kept += draw(count, of: group.value, "reweight", group.key)
        }
        return kept.sorted { $0.row < $1.row }
    }

    private func draw<T>(_ count: Int, of items: [T], _ way: String, _ id: String) -> [T] {
        var draws = CounterRNG(seed: seed, purpose: "select.\(way)", id: id)
        return draws.sample(max(0, count), of: items)
    }
}
