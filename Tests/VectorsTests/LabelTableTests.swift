import Records
import Testing

@testable import Vectors

@Suite struct LabelTableTests {
    @Test func `refuses other labels and columns of another length`() throws {
        #expect(try LabelTable(rows: 2, columns: [[0, 1], [-1, 1]]).categories == 2)
        #expect(throws: Fault.self) { try LabelTable(rows: 1, columns: [[2]]) }
        #expect(throws: Fault.self) { try LabelTable(rows: 1, columns: [[-2]]) }
        #expect(throws: Fault.self) { try LabelTable(rows: 2, columns: [[0]]) }
    }

    @Test func `rows with one 1 each and no 0 show one category a row`() throws {
        let table = try LabelTable(rows: 4, columns: [[1, -1, -1, -1], [-1, 1, 1, -1]])
        #expect(table.showsOneCategoryARow(minimumRows: 3))
        #expect(!table.showsOneCategoryARow(minimumRows: 4))
    }

    @Test(arguments: [
        [[1, 0], [-1, 1]] as [[Int8]],  // a known 0
        [[1, 1], [1, -1]],  // a row of two categories
        [[1, 1]], [[1, 1], [-1, -1]],  // one category only
        [[-1, -1], [-1, -1]], [],
    ])
    func `anything else speaks against it`(columns: [[Int8]]) throws {
        let table = try LabelTable(rows: columns.first?.count ?? 0, columns: columns)
        #expect(!table.showsOneCategoryARow(minimumRows: 1))
    }

    @Test func `exclusion gives zeros to rows with exactly one 1, and changes no known label`()
        throws
    {
        for seed in 0..<100 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "labels")
            let columns: [[Int8]] = (0..<3).map { _ in
                (0..<20).map { _ in Int8(draws.below(3)) - 1 }
            }
            let table = try LabelTable(rows: 20, columns: columns)
            let completed = table.completedByExclusion()
            for row in 0..<20 {
                let positives = columns.count { $0[row] == 1 }
                for category in 0..<3 {
                    let (old, new) = (columns[category][row], completed.columns[category][row])
                    #expect(new == (old == -1 && positives == 1 ? 0 : old))
                }
            }
        }
    }

    @Test func `rows that are left out have unknown labels only`() throws {
        let table = try LabelTable(rows: 3, columns: [[1, 0, 1], [0, 0, -1]])
        let part = table.withoutLabels { $0 == 1 }
        #expect(part.columns == [[1, -1, 1], [0, -1, -1]])
        #expect(table.withoutLabels { _ in false } == table)
    }
}
