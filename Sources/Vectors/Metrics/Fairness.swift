internal import Glibc
public import Records

/// Whether a group of rows fares like the rest, by one category's scores.
///
/// FPED and FNED: Dixon et al. 2018, "Measuring and mitigating unintended bias", as in
/// conversationai/unintended-ml-bias-analysis (model_bias_analysis.py); a group without negatives
/// has no false positive rate and is skipped there, where that code divides by zero. AUCs, power
/// means and equality gaps: Borkan et al. 2019, "Nuanced metrics for measuring unintended bias".
public struct FairnessReport: Sendable, Equatable {
    /// The rows that belong to a group; groups may overlap.
    public struct Group: Sendable, Equatable {
        public let name: String
        /// Whether each row belongs.
        public let members: [Bool]

        public init(name: String, members: [Bool]) {
            self.name = name
            self.members = members
        }
    }

    /// One group beside its background, all other rows; nil where a needed label does not occur.
    public struct GroupFigures: Sendable, Equatable {
        public let name: String
        /// Rows of the group with a known label.
        public let rows: Int
        public let falsePositiveRate: Double?
        public let falseNegativeRate: Double?
        /// ROC AUC on the group alone.
        public let subgroupAUC: Double?
        /// ROC AUC on background positives and subgroup negatives: low when the group's harmless
        /// rows score too high.
        public let bpsnAUC: Double?
        /// ROC AUC on background negatives and subgroup positives: low when the group's harmful
        /// rows score too low.
        public let bnspAUC: Double?
        /// 1/2 - P(group score > background score) among positives, -0.5...0.5, a tie counting
        /// half: above 0 when the group scores lower.
        public let positiveEqualityGap: Double?
        /// The same among negatives.
        public let negativeEqualityGap: Double?
    }

    public let overall: Confusion
    public let overallAUC: Double?
    public let groups: [GroupFigures]

    /// - Parameter predicted: Whether each row is decided to have the category.
    /// - Throws: `badData` unless labels, scores and decisions are as many and every score is a
    ///   number.
    public init(
        labels: [Int8], scores: [Double], groups: [Group], predicted: [Bool]
    ) throws(Fault) {
        overall = try Confusion(labels: labels, predicted: predicted)
        overallAUC = try ScoreSteps(labels: labels, scores: scores).rocAUC
        var figures: [GroupFigures] = []
        for group in groups {
            guard group.members.count == labels.count else {
                throw Fault(
                    .badData, "a group and the labels differ in length",
                    why: "group \(group.name)")
            }
            figures.append(try Self.figures(group, labels, scores, predicted))
        }
        self.groups = figures
    }

    private static func figures(
        _ group: Group, _ labels: [Int8], _ scores: [Double], _ predicted: [Bool]
    ) throws(Fault) -> GroupFigures {
        // `relabelled` gives -1, "unknown", to the rows a measure leaves out.
        func relabelled(_ keep: (Bool, Int8) -> Bool) -> [Int8] {
            zip(group.members, labels).map { keep($0, $1) ? $1 : -1 }
        }
        func auc(_ keep: (Bool, Int8) -> Bool) throws(Fault) -> Double? {
            try ScoreSteps(labels: relabelled(keep), scores: scores).rocAUC
        }
        func gap(_ label: Int8) throws(Fault) -> Double? {
            let sides = zip(group.members, labels).map { member, own -> Int8 in
                own != label ? -1 : member ? 1 : 0
            }
            return try ScoreSteps(labels: sides, scores: scores).rocAUC.map { 0.5 - $0 }
        }
        let counts = try Confusion(
            labels: relabelled { member, _ in member }, predicted: predicted)
        return GroupFigures(
            name: group.name, rows: counts.known,
            falsePositiveRate: counts.falsePositiveRate,
            falseNegativeRate: counts.falseNegativeRate,
            subgroupAUC: try auc { member, _ in member },
            bpsnAUC: try auc { member, label in member == (label == 0) },
            bnspAUC: try auc { member, label in member == (label == 1) },
            positiveEqualityGap: try gap(1), negativeEqualityGap: try gap(0))
    }

    /// |overall rate - group rate| of the groups that have the rate.
    private func differences(
        _ whole: Double?, _ rate: (GroupFigures) -> Double?
    ) -> [Double] {
        guard let whole else { return [] }
        return groups.compactMap(rate).map { abs(whole - $0) }
    }

    /// Differences of the false positive rates: their sum is FPED, and grows with the groups.
    public var falsePositiveDifferences: Spread {
        Spread(differences(overall.falsePositiveRate, \.falsePositiveRate))
    }

    /// Differences of the false negative rates: their sum is FNED, and grows with the groups.
    public var falseNegativeDifferences: Spread {
        Spread(differences(overall.falseNegativeRate, \.falseNegativeRate))
    }

    /// Groups left out of FPED because they have no negative.
    public var withoutFalsePositiveRate: [String] {
        groups.filter { $0.falsePositiveRate == nil }.map(\.name)
    }

    /// Groups left out of FNED because they have no positive.
    public var withoutFalseNegativeRate: [String] {
        groups.filter { $0.falseNegativeRate == nil }.map(\.name)
    }

    /// The power mean of one AUC over the groups that have it; p = -5 dwells on the worst.
    public func powerMean(
        _ auc: (GroupFigures) -> Double?, power: Double = -5
    ) -> Double? {
        let values = groups.compactMap(auc)
        if values.isEmpty || power == 0 { return nil }
        var sum = 0.0
        for value in values { sum += pow(value, power) }
        return pow(sum / Double(values.count), 1 / power)
    }

    /// A quarter each of the overall AUC and the three power means; nil when one is undefined.
    ///
    /// The final metric of the Jigsaw unintended bias competition of 2019.
    public var finalMetric: Double? {
        guard let overallAUC, let a = powerMean(\.subgroupAUC), let b = powerMean(\.bpsnAUC),
            let c = powerMean(\.bnspAUC)
        else { return nil }
        return 0.25 * (overallAUC + a + b + c)
    }
}

/// Several differences at once; all 0 when there are none.
public struct Spread: Sendable, Equatable {
    public let count: Int
    public let sum: Double
    public let mean: Double
    public let largest: Double

    init(_ values: [Double]) {
        count = values.count
        sum = values.reduce(0, +)
        mean = values.isEmpty ? 0 : sum / Double(values.count)
        largest = values.max() ?? 0
    }
}
