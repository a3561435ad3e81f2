public import Records

/// How often predictions and labels agree at a threshold.
public struct Confusion: Sendable, Equatable {
    public var truePositives = 0
    public var falsePositives = 0
    public var falseNegatives = 0
    public var trueNegatives = 0
    /// Rows whose label is unknown: in no other count.
    public var unknown = 0

    public init() {}

    /// Counts the rows, predicted positive when score >= threshold.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public init(labels: [Int8], scores: [Double], threshold: Double) throws(Fault) {
        try requireScores(scores, matching: labels)
        for (label, score) in zip(labels, scores) { add(label, predicted: score >= threshold) }
    }

    /// Counts the rows by their label and decision.
    ///
    /// - Throws: `badData` unless labels and decisions are as many.
    public init(labels: [Int8], predicted: [Bool]) throws(Fault) {
        guard labels.count == predicted.count else {
            throw Fault(
                .badData, "decisions and labels differ in length",
                why: "\(predicted.count) and \(labels.count)")
        }
        for (label, isPredicted) in zip(labels, predicted) { add(label, predicted: isPredicted) }
    }

    public mutating func add(_ label: Int8, predicted: Bool) {
        switch (label, predicted) {
        case (1, true): truePositives += 1
        case (1, false): falseNegatives += 1
        case (0, true): falsePositives += 1
        case (0, false): trueNegatives += 1
        default: unknown += 1
        }
    }

    public static func + (a: Confusion, b: Confusion) -> Confusion {
        var sum = a
        sum.truePositives += b.truePositives
        sum.falsePositives += b.falsePositives
        sum.falseNegatives += b.falseNegatives
        sum.trueNegatives += b.trueNegatives
        sum.unknown += b.unknown
        return sum
    }

    public var positives: Int { truePositives + falseNegatives }
    public var negatives: Int { falsePositives + trueNegatives }
    public var known: Int { positives + negatives }

    /// 0 when nothing is predicted positive (scikit-learn's zero_division=0).
    public var precision: Double { ratio(truePositives, truePositives + falsePositives) ?? 0 }
    /// 0 without a positive (scikit-learn's zero_division=0).
    public var recall: Double { ratio(truePositives, positives) ?? 0 }
    public var f1: Double { fScore(beta: 1) }
    public var accuracy: Double { ratio(truePositives + trueNegatives, known) ?? 0 }
    /// Nil without a negative.
    public var falsePositiveRate: Double? { ratio(falsePositives, negatives) }
    /// Nil without a positive.
    public var falseNegativeRate: Double? { ratio(falseNegatives, positives) }

    /// F-beta, 0 when nothing is positive; `beta` above 1 favours recall.
    ///
    /// One division of exact counts, so that equal fractions are equal numbers.
    public func fScore(beta: Double) -> Double {
        let square = beta * beta
        let hits = (1 + square) * Double(truePositives)
        let all = hits + square * Double(falseNegatives) + Double(falsePositives)
        return all == 0 ? 0 : hits / all
    }

    private func ratio(_ part: Int, _ whole: Int) -> Double? {
        whole == 0 ? nil : Double(part) / Double(whole)
    }
}
