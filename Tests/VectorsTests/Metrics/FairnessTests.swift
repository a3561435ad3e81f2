import Records
import Testing

@testable import Vectors

@Suite struct FairnessTests {
    static let labels: [Int8] = [0, 0, 1, 1, 0, 0, 1, 1]
    static let scores = [0.9, 0.1, 0.8, 0.2, 0.1, 0.2, 0.9, 0.7]
    static let groups = [
        FairnessReport.Group(name: "A", members: (0..<8).map { $0 < 4 }),
        FairnessReport.Group(name: "B", members: (0..<8).map { $0 >= 4 }),
    ]

    /// Worked by hand: overall rates 1/4, group A 1/2, group B 0.
    @Test func `the hand-worked example has differences of a half`() throws {
        let report = try FairnessReport(
            labels: Self.labels, scores: Self.scores, groups: Self.groups)
        #expect(report.overall.falsePositiveRate == 0.25)
        #expect(report.falsePositiveDifferences.sum == 0.5)
        #expect(report.falsePositiveDifferences.mean == 0.25)
        #expect(report.falseNegativeDifferences.largest == 0.25)
        #expect(report.groups.map(\.subgroupAUC) == [0.5, 1])
        #expect(report.groups.map(\.bpsnAUC) == [0.625, 0.875])
        #expect(report.groups.map(\.bnspAUC) == [0.875, 0.625])
        // Positives of A score .8 and .2, of B .9 and .7: A is above in 1 of 4 pairs.
        #expect(report.groups[0].positiveEqualityGap == 0.25)
        #expect(report.groups[1].positiveEqualityGap == -0.25)
    }

    @Test func `an unknown label counts nowhere, and empty groups have no figures`() throws {
        let report = try FairnessReport(
            labels: Self.labels + [-1], scores: Self.scores + [1],
            groups: Self.groups.map { .init(name: $0.name, members: $0.members + [true]) }
                + [.init(name: "none", members: [Bool](repeating: false, count: 9))])
        #expect(report.groups.map(\.rows) == [4, 4, 0])
        #expect(report.falsePositiveDifferences.sum == 0.5)
        #expect(report.withoutFalsePositiveRate == ["none"])
        #expect(report.groups[2].subgroupAUC == nil)
        #expect(throws: Fault.self) {
            try FairnessReport(
                labels: [1], scores: [1], groups: [.init(name: "A", members: [])])
        }
        let nobody = try FairnessReport(labels: [], scores: [], groups: [])
        #expect(nobody.finalMetric == nil && nobody.falsePositiveDifferences.count == 0)
    }

    @Test func `agrees with the reference code wherever that does not crash`() async throws {
        let cases = try Golden.read("fairness.json")["cases"].items
        try await Golden.check("fairness.json", within: "1e-9", cases) { item in
            let names = item["groups"].keys
            let report = try FairnessReport(
                labels: item["y"].numbers.map { Int8($0) }, scores: item["scores"].numbers,
                groups: names.map { name in
                    .init(name: name, members: item["groups"][name].numbers.map { $0 == 1 })
                }, threshold: item["threshold"].number ?? .nan)
            let expected = item["expected"]
            func near(_ value: Double?, _ wanted: JSONValue?, _ what: String) {
                if let number = wanted.number {
                    #expect(abs((value ?? .nan) - number) < 1e-9, "\(what)")
                } else {
                    #expect(value == nil, "\(what)")
                }
            }
            near(report.overall.falsePositiveRate, expected["overall_fpr"], "fpr")
            near(report.overall.falseNegativeRate, expected["overall_fnr"], "fnr")
            near(report.falsePositiveDifferences.sum, expected["FPED"], "FPED")
            near(report.falseNegativeDifferences.sum, expected["FNED"], "FNED")
            near(report.overallAUC, expected["overall_auc"], "auc")
            let means = expected["power_mean_p-5"]
            near(report.powerMean(\.subgroupAUC), means["subgroup_auc"], "subgroup")
            near(report.powerMean(\.bpsnAUC), means["bpsn_auc"], "bpsn")
            near(report.powerMean(\.bnspAUC), means["bnsp_auc"], "bnsp")
            near(report.finalMetric, expected["jigsaw_final_metric_0.25_each"], "final")
            let skipped = expected["skipped"]["fpr"].items.compactMap(\.string)
            #expect(report.withoutFalsePositiveRate == skipped)
            for group in report.groups {
                let wanted = expected["per_group"][group.name]
                near(Double(group.rows), wanted["n"], "n")
                near(group.falsePositiveRate, wanted["fpr"], "fpr")
                near(group.falseNegativeRate, wanted["fnr"], "fnr")
                near(group.subgroupAUC, wanted["subgroup_auc"], "subgroup")
                near(group.bpsnAUC, wanted["bpsn_auc"], "bpsn")
                near(group.bnspAUC, wanted["bnsp_auc"], "bnsp")
            }
        }
    }

    @Test func `agrees with the golden counterfactual gaps`() async throws {
        let golden = try Golden.read("fairness.json")["counterfactual"].items
        try await Golden.check(
            "fairness.json", "counterfactual cases", within: "1e-12", golden
        ) { item in
            let examples = item["sets"].items.map { set in
                CounterfactualGap.Example(
                    score: item["scores"][set.items[0].string ?? ""].number ?? .nan,
                    counterfactuals: set.items[1].items.map {
                        item["scores"][$0.string ?? ""].number ?? .nan
                    })
            }
            let gap = try #require(try CounterfactualGap(examples))
            let expected = item["expected"]
            #expect(distance(gap.perExample, expected["ctf_gap_per_example"].numbers) < 1e-12)
            let figures = [
                gap.meanOverExamples, gap.meanOverPairs, gap.flipRate, gap.signedMeanOverPairs,
            ]
            let wanted = [
                "ctf_gap_dataset_mean_over_examples", "ctf_gap_mean_over_pairs",
                "flip_rate_over_pairs_t0.5", "signed_mean_gap_over_pairs",
            ].compactMap { expected[$0].number }
            #expect(distance(figures, wanted) < 1e-12)
        }
    }
}

@Suite struct CounterfactualGapTests {
    @Test func `weighs examples and pairs as documented`() throws {
        let gap = try #require(
            try CounterfactualGap([
                .init(score: 0.75, counterfactuals: [0.25, 0.75]),
                .init(score: 0.5, counterfactuals: []),
                .init(score: 0.25, counterfactuals: [0.5]),
            ]))
        #expect(gap.perExample == [0.25, 0.25])
        #expect(gap.pairs == 3)
        #expect(gap.meanOverPairs == 0.25)
        #expect(abs(gap.signedMeanOverPairs - 0.25 / 3) < 1e-15)
        #expect(abs(gap.flipRate - 2.0 / 3) < 1e-15)
        #expect(try CounterfactualGap([]) == nil)
        #expect(throws: Fault.self) {
            try CounterfactualGap([.init(score: .nan, counterfactuals: [1])])
        }
    }
}

extension FairnessReport {
    /// Decisions at a threshold, as the golden file has them.
    fileprivate init(
        labels: [Int8], scores: [Double], groups: [Group], threshold: Double = 0.5
    ) throws(Fault) {
        try self.init(
            labels: labels, scores: scores, groups: groups,
            predicted: scores.map { $0 >= threshold })
    }
}
