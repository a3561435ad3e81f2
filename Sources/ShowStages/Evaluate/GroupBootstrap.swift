internal import Records
internal import Vectors

/// Bootstrap intervals on the test rows that draw whole groups of one root.
///
/// Rows of one root are variants of one text: drawn one by one they would make the interval too
/// narrow.
struct GroupBootstrap {
    private let resamples: Int
    private let seed: UInt64
    private let purpose: String
    private let groups: Int
    /// Category → group → counts at the threshold.
    private let confusions: [[Confusion]]
    private let rankings: [Ranking]

    /// One category's known test rows, highest score first.
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
    }

    init(
        _ rows: EvaluationRows, _ fittedRun: FittedRun, resamples: Int, seed: UInt64,
        purpose: String
    ) {
        self.resamples = resamples
        self.seed = seed
        self.purpose = purpose
        var numbers: [Int32: Int32] = [:]
        let groupOfRow = rows.test.map { row in
            let root = rows.roots[Int(row)]
            if let number = numbers[root] { return number }
            let number = Int32(numbers.count)
            numbers[root] = number
            return number
        }
        groups = numbers.count
        var confusions: [[Confusion]] = []
        var rankings: [Ranking] = []
        for category in rows.categories.indices {
            let labels = rows.labels(of: category, rows.test)
            let scores = fittedRun.testScores(category)
            var counts = [Confusion](repeating: Confusion(), count: numbers.count)
            for (at, group) in groupOfRow.enumerated() {
                counts[Int(group)].add(
                    labels[at], predicted: scores[at] >= fittedRun.thresholds[category])
            }
            confusions.append(counts)
            rankings.append(Ranking(labels: labels, scores: scores, groups: groupOfRow))
        }
        self.confusions = confusions
        self.rankings = rankings
    }

    func f1(_ category: Int) -> Evaluation.Interval? {
        interval("f1/\(category)") { sample in
            let sum = Self.sum(confusions[category], sample)
            return sum.positives == 0 ? nil : sum.f1
        }
    }

    func averagePrecision(_ category: Int) -> Evaluation.Interval? {
        interval("average precision/\(category)") { sample in
            var weights = [Int](repeating: 0, count: groups)
            for group in sample { weights[group] += 1 }
            return rankings[category].averagePrecision(weights)
        }
    }

    /// Of the mean F1 over those of `categories` that have a positive in the resample.
    func macroF1(_ categories: [Int]) -> Evaluation.Interval? {
        interval("macro f1") { sample in
            let present = categories.map { Self.sum(confusions[$0], sample) }
                .filter { $0.positives > 0 }
            if present.isEmpty { return nil }
            return present.reduce(0) { $0 + $1.f1 } / Double(present.count)
        }
    }

    private func interval(
        _ name: String, _ statistic: ([Int]) -> Double?
    ) -> Evaluation.Interval? {
        if resamples == 0 { return nil }
        return BootstrapInterval(
            rows: groups, resamples: resamples, seed: seed, purpose: "\(purpose)/\(name)",
            statistic: statistic
        ).map { Evaluation.Interval(low: $0.low, high: $0.high) }
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
