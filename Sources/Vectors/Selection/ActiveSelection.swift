public import Records

/// Which rows are worth a label: four ways of choosing at once, in proportions that are kept.
///
/// Markov et al. 2023, section 3.1: (1) at random, (2) at random above a category's threshold,
/// (3) nearest 0.5 in a category; mixture and thresholds are not published there. Besides these,
/// (4) the highest scores of a category, which find the most rows of rare categories
/// (Benchmarks/quality).
public struct ActiveSelection: Sendable {
    /// Why a row was chosen.
    public enum Reason: Sendable, Hashable {
        case random
        case highest(category: Int)
        case aboveThreshold(category: Int)
        case uncertain(category: Int)

        /// The category that the row was chosen for; nil at random.
        public var category: Int? {
            switch self {
            case .random: nil
            case .highest(let category), .aboveThreshold(let category), .uncertain(let category):
                category
            }
        }
    }

    /// A chosen row and every way that chose it, the one that came first in front.
    public struct Pick: Sendable, Equatable {
        public let row: Int
        public fileprivate(set) var reasons: [Reason]
    }

    /// In what proportion the ways choose, each at least 0; the categories share a way's part.
    public struct Mixture: Sendable, Equatable {
        public var random: Double
        public var highest: Double
        public var aboveThreshold: Double
        public var uncertain: Double

        public init(
            random: Double = 0, highest: Double = 0, aboveThreshold: Double = 0,
            uncertain: Double = 0
        ) {
            self.random = random
            self.highest = highest
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

    /// All eligible rows in random order.
    public func random() -> [Int] { shuffled(eligible, "random", "") }

    /// The scored rows, the highest score first; of equals the earlier.
    public func highest(category: Int) -> [Int] {
        let column = scores[category]
        return scored.map { (-column[$0], $0) }.sorted { $0 < $1 }.map(\.1)
    }

    /// The rows whose score exceeds `threshold`, in random order.
    public func aboveThreshold(category: Int, threshold: Double) -> [Int] {
        let column = scores[category]
        return shuffled(scored.filter { column[$0] > threshold }, "above", "\(category)")
    }

    /// The scored rows, the score nearest 0.5 first; of equals the earlier.
    public func uncertain(category: Int) -> [Int] {
        let column = scores[category]
        return scored.map { (abs(column[$0] - 0.5), $0) }.sorted { $0 < $1 }.map(\.1)
    }

    /// `count` rows, or all eligible ones, in the order in which they are worth a label.
    ///
    /// The ways take turns in proportion to the mixture, each with its next row that no other has
    /// taken, so that every way chooses its part of any first rows, rounded up or down. What a way
    /// that finds no more rows leaves is divided over the others. Where all find fewer rows, the
    /// highest scores follow, then rows at random.
    ///
    /// - Parameter thresholds: one a category.
    /// - Throws: `badData` unless there is one threshold a category.
    public func select(
        _ mixture: Mixture, thresholds: [Double], count: Int
    ) throws(Fault) -> [Pick] {
        guard thresholds.count == scores.count else {
            throw Fault(
                .badData, "thresholds and scores differ in their categories",
                why: "\(thresholds.count) and \(scores.count)")
        }
        var turns = Turns(count: min(count, eligible.count))
        turns.take(from: queues(mixture, thresholds))
        turns.take(from: queues(Mixture(highest: 1), thresholds))
        turns.take(from: queues(Mixture(random: 1), thresholds))
        return turns.picks
    }

    private func queues(_ mixture: Mixture, _ thresholds: [Double]) -> [Queue] {
        var queues: [Queue] = []
        if mixture.random > 0 {
            queues.append(Queue(.random, share: mixture.random, rows: random()))
        }
        let part = 1 / Double(max(1, scores.count))
        for category in scores.indices {
            if mixture.highest > 0 {
                queues.append(
                    Queue(
                        .highest(category: category), share: mixture.highest * part,
                        rows: highest(category: category)))
            }
            if mixture.aboveThreshold > 0 {
                queues.append(
                    Queue(
                        .aboveThreshold(category: category), share: mixture.aboveThreshold * part,
                        rows: aboveThreshold(category: category, threshold: thresholds[category])))
            }
            if mixture.uncertain > 0 {
                queues.append(
                    Queue(
                        .uncertain(category: category), share: mixture.uncertain * part,
                        rows: uncertain(category: category)))
            }
        }
        return queues
    }

    /// Thins picks to a budget: every way keeps its part of the first `budget` picks, and each
    /// group gets its part by the square root of its picks as far as the ways leave it that.
    ///
    /// Of a way and a group the first picks stay.
    ///
    /// - Parameter group: the group of a row, such as its source or language.
    /// - Throws: As ``SquareRootAllocation``.
    public static func reweighted(
        _ picks: [Pick], budget: Int, group: (Int) -> String
    ) throws(Fault) -> [Pick] {
        let names = picks.map { group($0.row) }
        var counts: [String: Int] = [:]
        for name in names { counts[name, default: 0] += 1 }
        let groups = counts.sorted { $0.key < $1.key }
        let allowed = try SquareRootAllocation.allocate(groups.map(\.value), budget: budget)
        var open: [String: Int] = [:]
        for (group, count) in zip(groups, allowed) { open[group.key] = count }
        var quotas: [Reason: Int] = [:]
        for pick in picks.prefix(budget) { quotas[pick.reasons[0], default: 0] += 1 }
        var isKept = [Bool](repeating: false, count: picks.count)
        // The ways' parts are exact, so what the groups leave open goes to the next of a way.
        for asksGroup in [true, false] {
            for (at, pick) in picks.enumerated() where !isKept[at] {
                guard let quota = quotas[pick.reasons[0]], quota > 0 else { continue }
                let room = open[names[at], default: 0]
                if asksGroup, room == 0 { continue }
                open[names[at]] = room - 1
                quotas[pick.reasons[0]] = quota - 1
                isKept[at] = true
            }
        }
        return picks.indices.filter { isKept[$0] }.map { picks[$0] }
    }

    private func shuffled(_ rows: [Int], _ way: String, _ id: String) -> [Int] {
        var draws = CounterRNG(seed: seed, purpose: "select.\(way)", id: id)
        return draws.sample(rows.count, of: rows)
    }
}

/// The rows that one way would choose for one category, the best first.
private struct Queue {
    let reason: ActiveSelection.Reason
    let share: Double
    let rows: [Int]
    var next = 0
    /// How many turns the queue has had since the last one closed.
    var turns = 0

    init(_ reason: ActiveSelection.Reason, share: Double, rows: [Int]) {
        self.reason = reason
        self.share = share
        self.rows = rows
    }
}

/// Queues that take turns so that after any number of turns each has had its part of them, rounded
/// up or down: the chairman assignment of Tijdeman 1980.
///
/// Weighted round robin by credit, as servers are given requests, may be more than one turn off.
private struct Turns {
    let count: Int
    private(set) var picks: [ActiveSelection.Pick] = []
    private var placeOfRow: [Int: Int] = [:]

    init(count: Int) { self.count = count }

    /// Takes rows until there are enough or the queues are empty; what an empty one leaves is
    /// divided over the others in their proportions.
    mutating func take(from queues: [Queue]) {
        var queues = queues
        var turn = 0
        while picks.count < count, !queues.isEmpty {
            turn += 1
            let next = Self.next(of: queues, turn: turn)
            if takeNext(from: &queues[next]) {
                queues[next].turns += 1
            } else {
                queues.remove(at: next)
                for at in queues.indices { queues[at].turns = 0 }
                turn = 0
            }
        }
    }

    /// Of the queues that are owed enough of a turn, the one whose next turn is due first; of
    /// equals the earlier.
    private static func next(of queues: [Queue], turn: Int) -> Int {
        if queues.count == 1 { return 0 }
        let whole = queues.reduce(0) { $0 + $1.share }
        let least = 1 / Double(2 * queues.count - 2)
        var best = (due: Double.infinity, at: 0)
        var mostOwed = (turns: -Double.infinity, at: 0)
        for (at, queue) in queues.enumerated() {
            let share = queue.share / whole
            let owed = share * Double(turn) - Double(queue.turns)
            if owed > mostOwed.turns { mostOwed = (owed, at) }
            // A rounding error must not close a queue that is owed exactly the least.
            guard owed >= least - 1e-9 else { continue }
            let due = (1 - least - owed) / share
            if due < best.due - 1e-9 { best = (due, at) }
        }
        return best.due.isFinite ? best.at : mostOwed.at
    }

    /// Takes the queue's next row that is not taken yet, and notes the reason at those that are.
    private mutating func takeNext(from queue: inout Queue) -> Bool {
        while queue.next < queue.rows.count {
            let row = queue.rows[queue.next]
            queue.next += 1
            if let place = placeOfRow[row] {
                if !picks[place].reasons.contains(queue.reason) {
                    picks[place].reasons.append(queue.reason)
                }
                continue
            }
            placeOfRow[row] = picks.count
            picks.append(ActiveSelection.Pick(row: row, reasons: [queue.reason]))
            return true
        }
        return false
    }
}
