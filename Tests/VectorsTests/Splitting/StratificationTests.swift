import Records
import Testing

@testable import Vectors

struct StratificationTests {
    /// Rows with few labels, the later the rarer, and groups of up to `largest` rows.
    static func random(
        _ seed: UInt64, rows: Int, categories: Int, largest: Int
    ) throws -> (LabelRows, [Int32]) {
        var draws = CounterRNG(seed: seed, purpose: "stratification test")
        var labels: [[Int]] = []
        var groups: [Int32] = []
        var group: Int32 = -5
        while labels.count < rows {
            group += 3
            for _ in 0...draws.below(largest) where labels.count < rows {
                labels.append(
                    (0..<categories).filter { draws.chance(0.4 / Double($0 + 1)) })
                groups.append(group)
            }
        }
        return (try LabelRows(categories: categories, rows: labels), groups)
    }

    /// Groups whose rows have more than one fold.
    static func partedGroups(_ groups: [Int32], _ folds: [Int32]) -> Int {
        var foldOfGroup: [Int32: Int32] = [:]
        var parted: Set<Int32> = []
        for (group, fold) in zip(groups, folds) {
            if foldOfGroup[group, default: fold] != fold { parted.insert(group) }
            foldOfGroup[group] = fold
        }
        return parted.count
    }

    @Test func `no group is parted and sizes are near, over many seeds and shares`() throws {
        for seed in 0..<12 as Range<UInt64> {
            let (rows, groups) = try Self.random(seed, rows: 300, categories: 6, largest: 4)
            for shares in [[0.8, 0.1, 0.1], [1, 1], [1, 2, 3, 4]] {
                let split = try Stratification(shares: shares, seed: seed, attempts: 2)
                let folds = try split.assign(rows, groups: groups)
                #expect(Self.partedGroups(groups, folds) == 0)
                let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
                #expect(measured.exampleDistribution <= 4)
                let shuffled = CounterRNG.shuffledFolds(folds, seed: seed)
                let chance = try SplitMeasures(rows: rows, folds: shuffled, ratios: split.ratios)
                #expect(measured.labelDistribution < chance.labelDistribution)
            }
        }
    }

    @Test func `one seed gives one split, and the numbers of groups do not matter`() throws {
        for seed in 0..<5 as Range<UInt64> {
            let (rows, groups) = try Self.random(seed, rows: 120, categories: 5, largest: 5)
            let split = try Stratification(folds: 4, seed: seed, order: .second, attempts: 3)
            let folds = try split.assign(rows, groups: groups)
            #expect(try split.assign(rows, groups: groups) == folds)
            #expect(try split.assign(rows, groups: groups.map { 1_000 - $0 }) == folds)
            let scattered = groups.map { ($0 - 3) * 4_000_000 }
            #expect(try split.assign(rows, groups: scattered) == folds)
        }
    }

    @Test func `rows each in a group of their own split as rows without groups`() throws {
        let (rows, _) = try Self.random(3, rows: 90, categories: 4, largest: 1)
        let split = try Stratification(folds: 3, seed: 3)
        let alone = (0..<90).map { Int32($0) }
        #expect(try split.assign(rows, groups: alone) == split.assign(rows))
    }

    @Test func `the rarest label is spread first, one row a fold`() throws {
        // Label 1 stands in rows 0 and 1 only, which a random halving parts half of the time.
        let rows = try LabelRows(
            categories: 2, rows: [[0, 1], [0, 1], [0], [0], [0], [0], [], []])
        for seed in 0..<20 as Range<UInt64> {
            let folds = try Stratification(folds: 2, seed: seed).assign(rows)
            #expect(folds[0] != folds[1])
            #expect(folds[2...5].count { $0 == 0 } == 2)
            #expect(folds.count { $0 == 0 } == 4)
        }
    }

    @Test func `label-free and empty data split by size alone`() throws {
        let free = try LabelRows(categories: 3, rows: [[Int]](repeating: [], count: 10))
        let folds = try Stratification(shares: [0.8, 0.2]).assign(free)
        #expect(folds.count { $0 == 1 } == 2)
        let none = try LabelRows(categories: 0, rows: [])
        #expect(try Stratification(shares: [0.8, 0.2]).assign(none) == [])
        #expect(throws: Fault.self) { try Stratification(folds: 2).assign(none) }
        let giant = try Stratification(shares: [0.8, 0.2]).assign(
            free, groups: [Int32](repeating: 7, count: 10))
        #expect(giant == [Int32](repeating: 0, count: 10))
    }

    @Test func `a table gives its known positives`() throws {
        let table = try LabelTable(rows: 3, columns: [[1, 0, -1], [1, -1, 0], [0, 1, -1]])
        #expect(
            LabelRows(table) == (try LabelRows(categories: 3, rows: [[0, 1], [2], []])))
        #expect(
            LabelRows(table, rows: [1, 0, 1])
                == (try LabelRows(categories: 3, rows: [[2], [0, 1], [2]])))
    }

    @Test func `refuses bad labels, shares, folds and counts`() throws {
        #expect(throws: Fault.self) { try LabelRows(categories: 2, rows: [[0, 2]]) }
        #expect(throws: Fault.self) { try LabelRows(categories: 2, rows: [[1, 0]]) }
        #expect(throws: Fault.self) { try LabelRows(categories: 2, rows: [[0, 0]]) }
        #expect(throws: Fault.self) { try Stratification(shares: [1]) }
        #expect(throws: Fault.self) { try Stratification(shares: [1, 0]) }
        #expect(throws: Fault.self) { try Stratification(shares: [1, .nan]) }
        #expect(throws: Fault.self) { try Stratification(shares: [1, .infinity]) }
        #expect(throws: Fault.self) { try Stratification(folds: 1) }
        let rows = try LabelRows(categories: 2, rows: [[0], [1]])
        #expect(throws: Fault.self) { try Stratification(folds: 2).assign(rows, groups: [1]) }
        #expect(throws: Fault.self) { try Stratification(folds: 3).assign(rows) }
        #expect(throws: Fault.self) {
            try SplitMeasures(rows: rows, folds: [0, 2], ratios: [1, 1])
        }
    }

    @Test func `measures match a hand count, and stay finite when a fold is all positive`() throws {
        // The hand check of the golden file's skewed tiny case.
        let rows = try LabelRows(
            categories: 2, rows: [[0], [0, 1], [1], [], [0], [], [1], [0, 1]])
        let measured = try SplitMeasures(
            rows: rows, folds: [0, 0, 0, 1, 0, 1, 1, 1], ratios: [0.5, 0.5])
        #expect(abs(measured.labelDistribution - 2.0 / 3) < 1e-12)
        #expect(measured.labelPairDistribution == 0)
        #expect(abs(measured.labelAndPairDistribution - 4.0 / 9) < 1e-12)
        #expect(measured.largestRateGap == 0.25)
        let positive = try SplitMeasures(
            rows: LabelRows(categories: 1, rows: [[0], [0], [], []]), folds: [0, 0, 1, 1],
            ratios: [0.5, 0.5])
        #expect(positive.labelDistribution == 1)
        #expect(positive.missingLabels == 1)
    }
}

extension CounterRNG {
    static func shuffledFolds(_ folds: [Int32], seed: UInt64) -> [Int32] {
        var draws = CounterRNG(seed: seed, purpose: "shuffled folds")
        return draws.shuffled(folds)
    }
}
