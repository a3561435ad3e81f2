public import Records

/// The distinct scores of a column, highest first, and what lies at or above each.
///
/// Everything that ranks (average precision, ROC AUC, curves, thresholds) reads these steps, so
/// that tied scores are one step everywhere. Convention of scikit-learn: a row is predicted
/// positive when its score >= the threshold.
public struct ScoreSteps: Sendable {
    /// Distinct scores, descending.
    public let thresholds: [Double]
    /// Weight of the positives with a score at or above each threshold.
    public let truePositives: [Double]
    /// Weight of the negatives with a score at or above each threshold.
    public let falsePositives: [Double]
    /// Weight of all positives, and of all negatives.
    public let positives: Double
    public let negatives: Double

    /// Ranks the rows whose label is known and whose weight is not 0.
    ///
    /// Throws `badData` when lengths differ, or when a score or a weight is not a number.
    public init(labels: [Int8], scores: [Double], weights: [Double]? = nil) throws(Fault) {
        try requireScores(scores, matching: labels)
        if let weights {
            guard weights.count == labels.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite })
            else {
                throw Fault(
                    .badData, "row weights must be finite, at least 0 and one for every row")
            }
        }
        let order = labels.indices.filter { labels[$0] >= 0 && weights?[$0] != 0 }
            .sorted { (scores[$0], $1) > (scores[$1], $0) }
        var thresholds: [Double] = []
        var (hits, misses): ([Double], [Double]) = ([], [])
        var (hit, miss) = (0.0, 0.0)
        for (rank, row) in order.enumerated() {
            let weight = weights?[row] ?? 1
            if labels[row] == 1 { hit += weight } else { miss += weight }
            if rank + 1 == order.count || scores[order[rank + 1]] != scores[row] {
                thresholds.append(scores[row])
                hits.append(hit)
                misses.append(miss)
            }
        }
        self.thresholds = thresholds
        truePositives = hits
        falsePositives = misses
        positives = hit
        negatives = miss
    }

    /// Precision at step `step`; at a step there is always a row, so it is defined.
    func precision(_ step: Int) -> Double {
        truePositives[step] / (truePositives[step] + falsePositives[step])
    }

    /// Average precision: Σ (R_n - R_(n-1)) P_n over the steps, without interpolation.
    ///
    /// 0 without a positive, as scikit-learn has it; ask ``positives`` whether it means anything.
    public var averagePrecision: Double {
        if positives == 0 { return 0 }
        var (sum, before) = (0.0, 0.0)
        for step in thresholds.indices {
            sum += (truePositives[step] - before) / positives * precision(step)
            before = truePositives[step]
        }
        return sum
    }

    /// The area under the ROC curve, a tie counting half; nil unless both labels occur.
    public var rocAUC: Double? {
        if positives == 0 || negatives == 0 { return nil }
        var sum = 0.0
        var before = (hits: 0.0, misses: 0.0)
        for step in thresholds.indices {
            sum +=
                (falsePositives[step] - before.misses) * (truePositives[step] + before.hits) / 2
            before = (truePositives[step], falsePositives[step])
        }
        return sum / (positives * negatives)
    }

    /// The precision-recall curve by ascending threshold, as scikit-learn's arrays.
    ///
    /// The last point is (precision 1, recall 0) and has no threshold. Recall is 1 throughout
    /// without a positive.
    public var precisionRecallCurve: [PrecisionRecallPoint] {
        var points = thresholds.indices.reversed().map { step in
            PrecisionRecallPoint(
                threshold: thresholds[step], precision: precision(step),
                recall: positives == 0 ? 1 : truePositives[step] / positives)
        }
        points.append(PrecisionRecallPoint(threshold: nil, precision: 1, recall: 0))
        return points
    }
}

/// One point of a precision-recall curve.
public struct PrecisionRecallPoint: Sendable, Equatable {
    /// Nil for the closing point at recall 0.
    public let threshold: Double?
    public let precision: Double
    public let recall: Double
}
