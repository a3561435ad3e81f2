import Records
import Testing

@testable import Vectors

struct SemanticDuplicateTests {
    @Test func `a row is refused exactly when it is like a kept row, and names the best`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 80, columns: 9, centres: 9, copies: 0.2)
            for threshold in [0.8, 0.95, 1] {
                var isKept = [Bool](repeating: false, count: rows.count)
                var expected: [DuplicateMatch] = []
                for row in 0..<rows.count {
                    let scores = (0..<row).filter { isKept[$0] }.map { ($0, rows.cosine($0, row)) }
                    let best = scores.max { ($0.1, -$0.0) < ($1.1, -$1.0) }
                    if let best, best.1 >= threshold {
                        expected.append(DuplicateMatch(row: row, kept: best.0, score: best.1))
                    } else {
                        isKept[row] = true
                    }
                }
                #expect(!expected.isEmpty)
                for block in [1, 7, 64, 512] {
                    for usesBLAS in [false, BlockProducts.hasBLAS] {
                        let finder = try SemanticDuplicates(
                            threshold: threshold, blockRows: block, usesBLAS: usesBLAS)
                        #expect(finder.keepFirst(rows).refused == expected)
                    }
                }
            }
        }
    }

    @Test func `pairs are those of a full comparison`() throws {
        for seed in 0..<4 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 60, columns: 7, centres: 5)
            var expected: [SimilarPair] = []
            for first in 0..<60 {
                for second in first + 1..<60 where rows.cosine(first, second) >= 0.9 {
                    expected.append(
                        SimilarPair(
                            first: first, second: second, score: rows.cosine(first, second)))
                }
            }
            for block in [1, 8, 512] {
                let finder = try SemanticDuplicates(
                    threshold: 0.9, blockRows: block, usesBLAS: BlockProducts.hasBLAS)
                #expect(finder.pairs(rows) == expected)
            }
        }
    }

    @Test func `a chain keeps what is unlike the kept rows`() throws {
        let rows = try UnitRows(
            Matrix([[1, 0], [0.966, 0.259], [0.866, 0.5], [0.707, 0.707], [0, 1]]))
        let report = try SemanticDuplicates(threshold: 0.95).keepFirst(rows)
        #expect(report.kept == [0, 2, 4])
        #expect(report.refused.map(\.kept) == [0, 2])
        #expect(report.representatives == [0, 0, 2, 2, 4])
    }

    @Test func `rows of one group are no duplicates, zeros are none, nothing is nothing`() throws {
        let rows = try UnitRows(Matrix([[1, 0], [1, 0], [2, 0], [0, 0], [0, 0]]))
        let finder = try SemanticDuplicates()
        #expect(finder.keepFirst(rows).kept == [0, 3, 4])
        #expect(finder.keepFirst(rows, groups: [1, 1, 2, 3, 4]).kept == [0, 1, 3, 4])
        #expect(finder.keepFirst(try UnitRows(Matrix([]))).kept == [])
        #expect(finder.pairs(try UnitRows(Matrix([]))) == [])
        #expect(throws: Fault.self) { try SemanticDuplicates(threshold: 0) }
        #expect(throws: Fault.self) { try SemanticDuplicates(threshold: .nan) }
    }

    @Test func `keeps what semhash keeps, with the same evidence`() async throws {
        let cases = try Golden.read("semantic_dedupe.json")["cases"].items
        try await Golden.check("semantic_dedupe.json", within: "rows exact, scores 1e-5", cases) {
            sample in
            let rows = try UnitRows(Matrix(sample["embeddings"].table.map { $0.map { Float($0) } }))
            let threshold = try #require(sample["threshold_cosine"].number)
            let report = try SemanticDuplicates(threshold: threshold).keepFirst(rows)
            let expected = sample["expected"]
            #expect(report.kept == expected["semhash_selected"].integers)
            let evidence = expected["semhash_filtered_[row,kept_row,score]"].table
            #expect(report.refused.count == evidence.count)
            for (match, row) in zip(report.refused, evidence) {
                #expect(match.row == Int(row[0]))
                #expect(match.kept == Int(row[1]))
                #expect(abs(match.score - row[2]) < 1e-5)
            }
        }
    }
}
