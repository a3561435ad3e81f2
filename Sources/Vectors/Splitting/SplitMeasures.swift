public import Records

/// How evenly a split spreads the labels, in the measures of the field.
///
/// LD, ED, FZ and FLZ: Sechidis, Tsoumakas, Vlahavas 2011, "On the Stratification of Multi-Label
/// Data", section 4; LPD: Szymański, Kajdanowicz 2017, "A Network Perspective on Stratification of
/// Multi-Label Data", with skmultilearn/model_selection/measures.py. Smaller is better in all.
///
/// With q labels, k folds, S_jl the rows of fold j with label l and D_l those of all rows,
/// LD = 1/q Σ_l 1/k Σ_j |S_jl / (|S_j| - S_jl) - D_l / (|D| - D_l)|. Defined here, since the papers
/// divide by zero: a label of no row or of every row is left out; a fold without a row that lacks
/// the label counts as having one.
public struct SplitMeasures: Sendable, Equatable {
    /// LD, over labels that occur.
    public let labelDistribution: Double
    /// LPD, over pairs of different labels that occur together.
    public let labelPairDistribution: Double
    /// The mean over labels and pairs alike: what scikit-multilearn calls LPD of order 2.
    public let labelAndPairDistribution: Double
    /// ED = 1/k Σ_j ||S_j| - c_j|, in rows; c_j is the wanted size.
    public let exampleDistribution: Double
    /// FZ: folds that lack at least one label.
    public let foldsMissingLabels: Int
    /// FLZ: (fold, label) pairs without a row.
    public let missingLabels: Int
    public let foldSizes: [Int]
    /// The largest |S_jl / |S_j| - D_l / |D|| of a fold and label; empty folds are left out.
    public let largestRateGap: Double

    /// Measures the split that gives row i the fold `folds[i]`.
    ///
    /// `ratios` are the wanted shares, one a fold. Time O(p log p) in the number p of label pairs
    /// of all rows. Throws a `badData` fault when counts differ or a fold is out of range.
    public init(
        rows: LabelRows, folds: [Int32], ratios: [Double]
    ) throws(Fault) {
        guard folds.count == rows.count, !ratios.isEmpty,
            folds.allSatisfy({ ratios.indices.contains(Int($0)) })
        else { throw Fault(.badData, "a split does not give every row one of its folds") }
        self.init(rows: rows, pairs: rows.pairs(), ratios: ratios) { Int(folds[$0]) }
    }

    /// - Parameter fold: The fold of each row, within those of `ratios`.
    init(rows: LabelRows, pairs: LabelRows, ratios: [Double], fold: (Int) -> Int) {
        let foldCount = ratios.count
        var sizes = [Int](repeating: 0, count: foldCount)
        for row in 0..<rows.count { sizes[fold(row)] += 1 }
        let single = Table(rows, foldCount, fold)
        let pair = Table(pairs, foldCount, fold)
        let one = single.deviation(sizes)
        let two = pair.deviation(sizes)
        labelDistribution = one.count == 0 ? 0 : one.sum / Double(one.count)
        labelPairDistribution = two.count == 0 ? 0 : two.sum / Double(two.count)
        let items = one.count + two.count
        labelAndPairDistribution = items == 0 ? 0 : (one.sum + two.sum) / Double(items)
        var excess = 0.0
        for fold in 0..<foldCount {
            excess += abs(Double(sizes[fold]) - ratios[fold] * Double(rows.count))
        }
        exampleDistribution = excess / Double(foldCount)
        let holes = (0..<foldCount).map { single.missing(in: $0) }
        foldsMissingLabels = holes.count { $0 > 0 }
        missingLabels = holes.reduce(0, +)
        foldSizes = sizes
        largestRateGap = single.largestRateGap(sizes)
    }

    /// How often each label occurs in each fold.
    private struct Table {
        let rows: Int
        let folds: Int
        /// `label * folds + fold`.
        var counts: [Int]
        var totals: [Int]

        init(_ labels: LabelRows, _ folds: Int, _ fold: (Int) -> Int) {
            rows = labels.count
            self.folds = folds
            counts = [Int](repeating: 0, count: labels.categories * folds)
            totals = [Int](repeating: 0, count: labels.categories)
            for row in 0..<labels.count {
                for label in labels[row] {
                    counts[Int(label) * folds + fold(row)] += 1
                    totals[Int(label)] += 1
                }
            }
        }

        /// The sum over labels of the mean deviation of odds over folds, and the labels counted.
        func deviation(_ sizes: [Int]) -> (sum: Double, count: Int) {
            var sum = 0.0
            var count = 0
            for label in totals.indices where totals[label] > 0 && totals[label] < rows {
                let odds = Double(totals[label]) / Double(rows - totals[label])
                var inner = 0.0
                for fold in 0..<folds {
                    let positive = counts[label * folds + fold]
                    let negative = max(sizes[fold] - positive, 1)
                    inner += abs(Double(positive) / Double(negative) - odds)
                }
                sum += inner / Double(folds)
                count += 1
            }
            return (sum, count)
        }

        func missing(in fold: Int) -> Int {
            totals.indices.count { totals[$0] > 0 && counts[$0 * folds + fold] == 0 }
        }

        func largestRateGap(_ sizes: [Int]) -> Double {
            var largest = 0.0
            for label in totals.indices where rows > 0 {
                let rate = Double(totals[label]) / Double(rows)
                for fold in 0..<folds where sizes[fold] > 0 {
                    let own = Double(counts[label * folds + fold]) / Double(sizes[fold])
                    largest = max(largest, abs(own - rate))
                }
            }
            return largest
        }
    }
}
