/// How many rows of each given label confidently belong to each true label.
///
/// Confident learning: Northcutt, Jiang and Chuang 2021, JAIR 70, section 3.1; every rule and
/// constant as in cleanlab 2.9.0, count.py and internal/util.py.
public struct ConfidentJoint: Sendable, Equatable {
    /// A label's mean probability over the rows that carry it; 2 for a label nobody carries, so
    /// that no row is ever confidently of it.
    public let thresholds: [Double]
    /// [given][true], the diagonal at least 1.
    public let counts: [[Int]]
    /// ``counts`` scaled to the given labels' counts and rounded: what filters use.
    public let calibrated: [[Int]]
    /// Rows that lie off the diagonal, by row.
    let offDiagonal: [Bool]

    static let tie = 1e-6

    init(_ rows: LabelledProbabilities) {
        let classes = rows.classes
        var sums = [Double](repeating: 0, count: classes)
        for (row, label) in rows.labels.enumerated() {
            sums[Int(label)] += rows[row, Int(label)]
        }
        let labelCounts = rows.labelCounts
        thresholds = (0..<classes).map { label in
            labelCounts[label] == 0
                ? 2 : max(sums[label] / Double(labelCounts[label]), 2 * Self.tie)
        }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        var offDiagonal = [Bool](repeating: false, count: rows.labels.count)
        for (row, label) in rows.labels.enumerated() {
            var confident = 0
            var guess = 0
            for other in (0..<classes).reversed()
            where rows[row, other] >= thresholds[other] - Self.tie {
                confident += 1
                guess = other
            }
            if confident == 0 { continue }
            if confident > 1 { guess = rows.likeliest(row) }
            counts[Int(label)][guess] += 1
            offDiagonal[row] = guess != Int(label)
        }
        for label in 0..<classes { counts[label][label] = max(counts[label][label], 1) }
        self.counts = counts
        self.offDiagonal = offDiagonal
        calibrated = Self.calibrate(counts, labelCounts)
    }

    private static func calibrate(_ counts: [[Int]], _ labelCounts: [Int]) -> [[Int]] {
        var scaled = zip(counts, labelCounts).map { row, total in
            let sum = Double(row.reduce(0, +))
            return row.map { Double($0) / sum * Double(total) }
        }
        let sum = scaled.reduce(0) { $0 + $1.reduce(0, +) }
        let total = Double(labelCounts.reduce(0, +))
        for at in scaled.indices {
            scaled[at] = scaled[at].map { sum > 0 ? $0 / sum * total : 0 }
        }
        return scaled.map(roundKeepingSum)
    }

    /// Whole numbers near `values` with the sum of `values`, rounded (round_preserving_sum).
    ///
    /// What was rounded down most goes up first, of equals the last; what was rounded up most goes
    /// down first, of equals the first.
    static func roundKeepingSum(_ values: [Double]) -> [Int] {
        var whole = values.map { $0.rounded(.toNearestOrEven) }
        let target = values.reduce(0, +).rounded(.toNearestOrEven)
        var sum = whole.reduce(0, +)
        while abs(sum - target) > 1e-6 {
            let change: Double = target < sum ? -1 : 1
            let rising = values.indices.sorted {
                (values[$0] - whole[$0], $0) < (values[$1] - whole[$1], $1)
            }
            let order = change > 0 ? rising.reversed() : rising
            for at in order.prefix(Int(abs(target - sum))) { whole[at] += change }
            sum = whole.reduce(0, +)
        }
        return whole.map { Int($0) }
    }
}

/// Rows that have a known label, and their probabilities: what confident learning works on.
struct LabelledProbabilities: Sendable {
    /// Row after row, as many numbers each as there are classes.
    enum Values: Sendable {
        case double([Double])
        /// Half the memory, for many rows.
        case single([Float])
    }

    /// The label of each row, 0..<classes.
    let labels: [Int32]
    let classes: Int
    private let values: Values

    init(labels: [Int32], classes: Int, values: Values) {
        self.labels = labels
        self.classes = classes
        self.values = values
    }

    subscript(row: Int, label: Int) -> Double {
        switch values {
        case .double(let values): values[row * classes + label]
        case .single(let values): Double(values[row * classes + label])
        }
    }

    /// The probabilities of a row's labels.
    func of(row: Int) -> [Double] { (0..<classes).map { self[row, $0] } }

    var labelCounts: [Int] {
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        return counts
    }

    /// The most probable label; of equals, the smallest.
    func likeliest(_ row: Int) -> Int {
        var best = 0
        for label in 1..<max(1, classes) where self[row, label] > self[row, best] { best = label }
        return best
    }
}
