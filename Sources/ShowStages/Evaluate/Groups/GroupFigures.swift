internal import Records
internal import StageKit
internal import Vectors

/// How the groups of test rows fare in one category, each beside all other rows.
struct GroupFigures: Codable, Sendable, Equatable {
    /// Differences between the rate of all rows and those of the groups.
    ///
    /// Their sum is FPED or FNED (Dixon and others, 2018), and grows with the groups.
    struct Differences: Codable, Sendable, Equatable {
        var groups: Int
        var sum: Double
        var mean: Double
        var largest: Double

        init(_ spread: Spread) {
            groups = spread.count
            sum = spread.sum
            mean = spread.mean
            largest = spread.largest
        }
    }

    /// One group; a figure whose labels do not occur is absent.
    struct Group: Codable, Sendable, Equatable {
        var name: String
        /// Rows with a known label, and those of them that are decided about wrongly.
        var rows: Int
        var wrong: Int
        /// How far the share of wrong rows lies above that of the others, in standard errors.
        var excess: Double
        var falsePositiveRate: Double?
        var falseNegativeRate: Double?
        /// The AUCs of Borkan and others, 2019.
        var subgroupAUC: Double?
        var bpsnAUC: Double?
        var bnspAUC: Double?
        /// Ids of rows that are decided about wrongly.
        var examples: [String]
    }

    var by: String
    /// FPED with its mean and maximum.
    var falsePositiveDifferences: Differences
    /// FNED likewise.
    var falseNegativeDifferences: Differences
    /// A quarter each of the AUC and the power means of the groups' AUCs, as Jigsaw has it.
    var finalMetric: Double?
    /// The weakest first.
    var groups: [Group]

    /// So many groups are looked at, the largest first.
    private static let most = 50
    private static let examples = 10
    /// From so many standard errors on a group is named.
    static let namedExcess = 3.0

    /// Nil without two groups of `minimum` rows with a known label.
    init?(
        _ key: Int, by name: String, _ category: Int, _ rows: EvaluationRows,
        _ fittedRun: FittedRun, minimum: Int
    ) throws(Fault) {
        let labels = rows.labels(of: category, rows.test)
        let names = rows.test.map { rows.group(of: Int($0), key) }
        var sizes: [String: Int] = [:]
        for (place, group) in names.enumerated() where labels[place] >= 0 {
            if let group { sizes[group, default: 0] += 1 }
        }
        let kept = sizes.filter { $0.value >= minimum }.ranked.prefix(Self.most).map(\.name)
        if kept.count < 2 { return nil }
        let decisions = fittedRun.testDecisions(category)
        let report = try FairnessReport(
            labels: labels, scores: fittedRun.testScores(category),
            groups: kept.map { group in
                FairnessReport.Group(name: group, members: names.map { $0 == group })
            }, predicted: decisions)
        by = name
        falsePositiveDifferences = Differences(report.falsePositiveDifferences)
        falseNegativeDifferences = Differences(report.falseNegativeDifferences)
        finalMetric = report.finalMetric
        let wrong = labels.indices.filter { labels[$0] >= 0 && decisions[$0] != (labels[$0] == 1) }
        groups = report.groups.map { one in
            let own = wrong.filter { names[$0] == one.name }
            return Group(
                name: one.name, rows: one.rows, wrong: own.count,
                excess: Self.excess(
                    own.count, of: one.rows, wrong.count, of: report.overall.known),
                falsePositiveRate: one.falsePositiveRate,
                falseNegativeRate: one.falseNegativeRate, subgroupAUC: one.subgroupAUC,
                bpsnAUC: one.bpsnAUC, bnspAUC: one.bnspAUC,
                examples: own.prefix(Self.examples).map { rows.ids[Int(rows.test[$0])] })
        }.sorted { $0.excess == $1.excess ? $0.name < $1.name : $0.excess > $1.excess }
    }

    /// The difference of two shares in standard errors of the pooled share; 0 without one.
    private static func excess(_ own: Int, of rows: Int, _ wrong: Int, of all: Int) -> Double {
        guard rows > 0, all > rows else { return 0 }
        let pooled = Double(wrong) / Double(all)
        let variance = pooled * (1 - pooled) * (1 / Double(rows) + 1 / Double(all - rows))
        let error = variance.squareRoot()
        if error == 0 { return 0 }
        return (Double(own) / Double(rows) - Double(wrong - own) / Double(all - rows)) / error
    }

    /// A sentence for each group that fares clearly worse than the others.
    func sentences(_ category: String) -> [String] {
        groups.filter { $0.excess >= Self.namedExcess }.map { group in
            "`\(category)` is decided wrongly for \(NumberFormat.number(group.wrong)) of "
                + "\(NumberFormat.count(group.rows, "test row")) of the \(by) `\(group.name)`, "
                + "more often than elsewhere."
        }
    }
}
