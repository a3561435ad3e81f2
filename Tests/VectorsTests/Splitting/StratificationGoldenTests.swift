import Testing

@testable import Vectors

/// Against Golden/iterative_stratification.json: 2,000 rows, 18 labels, 611 groups.
@Suite
struct StratificationGoldenTests {
    struct Answers: Decodable {
        struct Spread: Decodable {
            let mean: Double
            let max: Double
        }
        struct Reference: Decodable {
            let LD: Spread
            let LPD_pairs_only: Spread
            let ED: Spread
        }
        struct Prototype: Decodable {
            let LD: Double
            let LPD_pairs_only: Double
            let ED: Double
        }
        struct Quality: Decodable {
            let shuffle: Reference?
            let function: Reference?
            let second: Reference?
            let prototype: Prototype
            enum CodingKeys: String, CodingKey {
                case shuffle = "iterstrat_shuffle"
                case function = "iterstrat_IterativeStratification_fn"
                case second = "skmultilearn_order2"
                case prototype = "group:prototype_groupaware_iterative"
            }
        }
        struct Exact: Decodable {
            struct Expected: Decodable {
                let LD: Double
                let LPD_pairs_only: Double
                let LPD_skmultilearn_order2_pairs_plus_singles: Double
                let ED: Double
                let FZ: Int
                let FLZ: Int
                let fold_sizes: [Int]
                let max_abs_rate_gap: Double
            }
            let name: String
            let k: Int
            let labels: [[Int]]?
            let fold_of_row: [Int]?
            let expected: Expected
        }
        let K: Int
        let rows_bitmask: [Int]
        let groups: [Int32]
        let reference_quality: [String: Quality]
        let exact_measure_cases: [Exact]
    }

    static let settings: [(String, [Double])] = [
        ("k=2", [1, 1]), ("k=5", [1, 1, 1, 1, 1]),
        ("k=10", [Double](repeating: 1, count: 10)), ("80/10/10", [0.8, 0.1, 0.1]),
    ]

    static func rows(_ masks: [Int], _ labels: Int) throws -> LabelRows {
        try LabelRows(
            categories: labels,
            rows: masks.map { mask in (0..<labels).filter { mask >> $0 & 1 == 1 } })
    }

    @Test func `rows split one by one are as even as iterstrat's worst seed or better`()
        async throws
    {
        let golden = try Golden.read("iterative_stratification.json", as: Answers.self)
        let rows = try Self.rows(golden.rows_bitmask, golden.K)
        try await Golden.check(
            "iterative_stratification.json", "splits of rows", within: "iterstrat's worst seed",
            Self.settings
        ) { name, shares in
            let quality = try #require(golden.reference_quality[name])
            let reference = try #require(quality.shuffle ?? quality.function)
            for seed in 0..<2 as Range<UInt64> {
                let split = try Stratification(shares: shares, seed: seed)
                let folds = try split.assign(rows)
                let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
                #expect(measured.labelDistribution <= reference.LD.max + 1e-12, "\(name)")
                #expect(measured.labelPairDistribution <= reference.LPD_pairs_only.max, "\(name)")
                #expect(measured.exampleDistribution <= reference.ED.max + 1e-9, "\(name)")
            }
        }
    }

    @Test func `groups stay whole and are as even as the prototype's, for every seed`() async throws
    {
        let golden = try Golden.read("iterative_stratification.json", as: Answers.self)
        let rows = try Self.rows(golden.rows_bitmask, golden.K)
        try await Golden.check(
            "iterative_stratification.json", "splits of groups",
            within: "the prototype + 10 %, groups exact",
            Self.settings
        ) { name, shares in
            let reference = try #require(golden.reference_quality[name]).prototype
            for seed in 0..<3 as Range<UInt64> {
                let split = try Stratification(shares: shares, seed: seed)
                let folds = try split.assign(rows, groups: golden.groups)
                #expect(StratificationTests.partedGroups(golden.groups, folds) == 0)
                let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
                let place = "\(name) seed \(seed)"
                #expect(measured.labelDistribution <= reference.LD * 1.1, "\(place)")
                #expect(
                    measured.labelPairDistribution <= reference.LPD_pairs_only * 1.1, "\(place)")
                #expect(measured.exampleDistribution <= reference.ED * 1.1 + 1e-9, "\(place)")
            }
        }
    }

    @Test func `the second order evens pairs out, as scikit-multilearn's does`() throws {
        let golden = try Golden.read("iterative_stratification.json", as: Answers.self)
        let rows = try Self.rows(golden.rows_bitmask, golden.K)
        for (name, shares) in Self.settings.prefix(3) {
            let reference = try #require(golden.reference_quality[name]?.second)
            let split = try Stratification(shares: shares, order: .second, attempts: 4)
            let folds = try split.assign(rows)
            let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
            #expect(
                measured.labelPairDistribution <= reference.LPD_pairs_only.max * 1.25, "\(name)")
            #expect(measured.labelDistribution <= reference.LD.max * 1.25, "\(name)")
        }
    }

    @Test func `the second order is as even in labels as iterstrat, and evener in pairs`() throws {
        let golden = try Golden.read("iterative_stratification.json", as: Answers.self)
        let rows = try Self.rows(golden.rows_bitmask, golden.K)
        for (name, shares) in Self.settings {
            let quality = try #require(golden.reference_quality[name])
            let reference = try #require(quality.shuffle ?? quality.function)
            let split = try Stratification(shares: shares, seed: 1, order: .second)
            for groups in [nil, golden.groups] {
                let folds = try split.assign(rows, groups: groups)
                let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
                let place = "\(name)\(groups == nil ? "" : ", groups")"
                if groups == nil {
                    #expect(measured.labelDistribution <= reference.LD.max + 1e-12, "\(place)")
                    #expect(measured.exampleDistribution <= reference.ED.max + 1e-9, "\(place)")
                }
                #expect(
                    measured.labelPairDistribution <= 0.75 * reference.LPD_pairs_only.max,
                    "\(place)")
            }
        }
    }

    @Test func `measures are exactly those of the reference`() async throws {
        let golden = try Golden.read("iterative_stratification.json", as: Answers.self)
        try await Golden.check(
            "iterative_stratification.json", "measures", within: "1e-12",
            golden.exact_measure_cases
        ) { exact in
            let masks = exact.labels?.map { $0[0] | $0[1] << 1 } ?? golden.rows_bitmask
            let folds: [Int]
            switch (exact.fold_of_row, exact.name) {
            case (let given?, _): folds = given
            case (nil, "index_mod_5"): folds = masks.indices.map { $0 % 5 }
            default: folds = masks.indices.map { ($0 * 7919) % 2 }
            }
            let rows = try Self.rows(masks, exact.labels == nil ? golden.K : 2)
            let measured = try SplitMeasures(
                rows: rows, folds: folds.map { Int32($0) },
                ratios: [Double](repeating: 1 / Double(exact.k), count: exact.k))
            let expected = exact.expected
            #expect(abs(measured.labelDistribution - expected.LD) < 1e-12)
            #expect(abs(measured.labelPairDistribution - expected.LPD_pairs_only) < 1e-12)
            #expect(
                abs(
                    measured.labelAndPairDistribution
                        - expected.LPD_skmultilearn_order2_pairs_plus_singles) < 1e-12)
            #expect(abs(measured.exampleDistribution - expected.ED) < 1e-12)
            #expect(measured.foldsMissingLabels == expected.FZ)
            #expect(measured.missingLabels == expected.FLZ)
            #expect(measured.foldSizes == expected.fold_sizes)
            #expect(abs(measured.largestRateGap - expected.max_abs_rate_gap) < 1e-12)
        }
    }
}
