import Records
import Testing

@testable import Vectors

/// Stratification beside rows that have a fold already.
struct FixedRowsTests {
    @Test func `fixed rows stay, groups of the others are whole, and all together are even`()
        throws
    {
        for seed in 0..<10 as Range<UInt64> {
            let (rows, groups) = try StratificationTests.random(
                seed, rows: 400, categories: 5, largest: 3)
            let split = try Stratification(shares: [0.8, 0.1, 0.1], seed: seed, attempts: 2)
            let first = try split.assign(
                LabelRows(categories: 5, rows: (0..<250).map { rows[$0].map(Int.init) }),
                groups: Array(groups[..<250]))
            let fixed = first + [Int32](repeating: -1, count: 150)
            let folds = try split.assign(rows, groups: groups, fixed: fixed)
            #expect(Array(folds[..<250]) == first)
            #expect(
                StratificationTests.partedGroups(Array(groups[250...]), Array(folds[250...])) == 0)
            let measured = try SplitMeasures(rows: rows, folds: folds, ratios: split.ratios)
            #expect(measured.exampleDistribution <= 4)
            let shuffled = CounterRNG.shuffledFolds(folds, seed: seed)
            let chance = try SplitMeasures(rows: rows, folds: shuffled, ratios: split.ratios)
            #expect(measured.labelDistribution < chance.labelDistribution)
        }
    }

    @Test func `where no row is fixed, the split is that without`() throws {
        let (rows, groups) = try StratificationTests.random(
            3, rows: 120, categories: 4, largest: 3)
        let split = try Stratification(folds: 3, seed: 3)
        let none = [Int32](repeating: -1, count: 120)
        #expect(
            try split.assign(rows, groups: groups, fixed: none)
                == split.assign(rows, groups: groups))
        #expect(try split.assign(rows, fixed: none) == split.assign(rows))
    }

    @Test func `a fold that has too many gets none, and all rows may be fixed`() throws {
        let (rows, groups) = try StratificationTests.random(
            5, rows: 100, categories: 3, largest: 2)
        let split = try Stratification(shares: [0.5, 0.5], seed: 1)
        let full = [Int32](repeating: 1, count: 60) + [Int32](repeating: -1, count: 40)
        let folds = try split.assign(rows, groups: groups, fixed: full)
        #expect(folds[60...].allSatisfy { $0 == 0 })
        let all = (0..<100).map { Int32($0 % 2) }
        #expect(try split.assign(rows, groups: groups, fixed: all) == all)
        #expect(throws: Fault.self) { try split.assign(rows, fixed: [0]) }
        #expect(throws: Fault.self) { try split.assign(rows, fixed: full.map { $0 * 2 }) }
    }
}
