internal import Records
internal import Vectors

/// Bootstrap intervals on rows that draw whole groups of one root.
///
/// Rows of one root are variants of one text: drawn one by one they would make the interval too
/// narrow.
struct GroupBootstrap {
    let resamples: Int
    private let seed: UInt64
    private let purpose: String
    private let groups: Int
    /// Category → group → counts of the decisions.
    private let confusions: [[Confusion]]
    private let rankings: [Ranking]

    /// One category of the rows.
    struct Column {
        var labels: [Int8]
        var scores: [Double]
        var predicted: [Bool]
    }

    /// One category's known rows, highest score first.
    struct Ranking {
        let groups: [Int32]
        let isPositive: [Bool]
        /// Whether the next row has another score, or there is none.
        let endsStep: [Bool]

        init(labels: [Int8], scores: [Double], groups: [Int32]) {
            let order = labels.indices.filter { labels[$0] >= 0 }
                .sorted { (scores[$0], $1) > (scores[$1], $0) }
            self.groups = order.map { groups[$0] }
            isPositive = order.map { labels[$0] == 1 }
            endsStep = order.indices.map { rank in
                rank + 1 == order.count || scores[order[rank + 1]] != scores[order[rank]]
            }
        }

        /// Average precision when group g counts `weights[g]` times; nil without a positive.
        func averagePrecision(_ weights: [Int]) -> Double? {
            var (hits, all, before) = (0, 0, 0)
            var sum = 0.0
            for rank in groups.indices {
                let weight = weights[Int(groups[rank])]
                all += weight
                if isPositive[rank] { hits += weight }
                if endsStep[rank], hits > before {
                    sum += Double(hits - before) * (Double(hits) / Double(all))
                    before = hits
                }
            }
            return hits == 0 ? nil : sum / Double(hits)
        }

        /// The area under the ROC curve likewise; nil unless both labels are drawn.
        func rocAUC(_ weights: [Int]) -> Double? {
            var (hits, misses) = (0, 0)
            var (hitsBefore, missesBefore) = (0, 0)
            var sum = 0
            for rank in groups.indices {
                let weight = weights[Int(groups[rank])]
                if isPositive[rank] { hits += weight } else { misses += weight }
                if endsStep[rank] {
                    sum += (misses - missesBefore) * (hits + hitsBefore)
                    (hitsBefore, missesBefore) = (hits, misses)
                }
            }
            return hits == 0 || misses == 0
                ? nil : Double(sum) / (2 * Double(hits) * Double(misses))
        }
    }

    /// - Parameters:
    ///   - roots: Each row's root, any number that rows of one root share.
    ///   - columns: One a category, over the same rows.
    init(
        roots: [Int32], columns: [Column], resamples: Int, seed: UInt64, purpose: String
    ) {
        self.resamples = resamples
        self.seed = seed
        self.purpose = purpose
        var numbers: [Int32: Int32] = [:]
        let groupOfRow = roots.map { root in
            if let number = numbers[root] { return number }
            let number = Int32(numbers.count)
            numbers[root] = number
            return number
        }
        groups = numbers.count
        confusions = columns.map { column in
            var counts = [Confusion](repeating: Confusion(), count: numbers.count)
            for (at, group) in groupOfRow.enumerated() {
                counts[Int(group)].add(column.labels[at], predicted: column.predicted[at])
            }
            return counts
        }
        rankings = columns.map {
            Ranking(labels: $0.labels, scores: $0.scores, groups: groupOfRow)
        }
    }

    /// The test rows of an evaluation.
    init(
        _ rows: EvaluationRows, _ fittedRun: FittedRun, resamples: Int, seed: UInt64,
        purpose: String
    ) {
        self.init(
            roots: rows.test.map { rows.roots[Int($0)] },
            columns: rows.categories.indices.map { category in
                Column(
                    labels: rows.labels(of: category, rows.test),
                    scores: fittedRun.testScores(category),
                    predicted: fittedRun.testDecisions(category))
            }, resamples: resamples, seed: seed, purpose: purpose)
    }

    func f1(_ category: Int) -> Evaluation.Interval? {
        interval("f1/\(category)") { f1(category, $0) }
    }

    func averagePrecision(_ category: Int) -> Evaluation.Interval? {
        interval("average precision/\(category)") { averagePrecision(category, $0) }
    }

    func rocAUC(_ category: Int) -> Evaluation.Interval? {
        interval("roc auc/\(category)") { rankings[category].rocAUC(weights($0)) }
    }

    /// Of the mean F1 over those of `categories` that have a positive in the resample.
    func macroF1(_ categories: [Int]) -> Evaluation.Interval? {
        interval("macro f1") { sample in Self.mean(categories) { f1($0, sample) } }
    }

    /// F1 on some groups, which may repeat; nil without a positive.
    func f1(_ category: Int, _ sample: [Int]) -> Double? {
        let sum = Self.sum(confusions[category], sample)
        return sum.positives == 0 ? nil : sum.f1
    }

    /// Average precision likewise.
    func averagePrecision(_ category: Int, _ sample: [Int]) -> Double? {
        rankings[category].averagePrecision(weights(sample))
    }

    /// All groups, each once.
    var everyGroup: [Int] { Array(0..<groups) }

    /// The mean of a value over the categories that have it; nil when none has.
    static func mean(_ categories: [Int], _ value: (Int) -> Double?) -> Double? {
        let values = categories.compactMap(value)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The 95 % interval of a statistic of groups drawn with replacement.
    func interval(
        _ name: String, _ statistic: ([Int]) -> Double?
    ) -> Evaluation.Interval? {
        if resamples == 0 { return nil }
        return BootstrapInterval(
            rows: groups, resamples: resamples, seed: seed, purpose: "\(purpose)/\(name)",
            statistic: statistic
        ).map { Evaluation.Interval(low: $0.low, high: $0.high) }
    }

    private func weights(_ sample: [Int]) -> [Int] {
        var weights = [Int](repeating: 0, count: groups)
        for group in sample { weights[group] += 1 }
        return weights
    }

    private static func sum(_ counts: [Confusion], _ sample: [Int]) -> Confusion {
        var sum = Confusion()
        for group in sample {
            let one = counts[group]
            sum.truePositives += one.truePositives
            sum.falsePositives += one.falsePositives
            sum.falseNegatives += one.falseNegatives
            sum.trueNegatives += one.trueNegatives
        }
        return sum
    }
}
