import Records
import Testing

@testable import Vectors

@Suite struct TermCountsTests {
    /// A hash whose bucket is `bucket`.
    static func hash(_ bucket: UInt64) -> UInt64 { bucket << 46 | 12_345 }

    static func counts(_ texts: [[UInt64]]) -> TermCounts {
        var counts = TermCounts()
        for text in texts { counts.append(text.map(hash)) }
        return counts
    }

    static func rows(_ texts: [[UInt64]]) -> SparseRows {
        let counts = counts(texts)
        return InverseFrequencies(counts).rows(counts)
    }

    @Test func `weights are those of scikit-learn's TfidfTransformer`() {
        // TfidfTransformer(sublinear_tf=True).fit_transform([[2, 1, 0], [1, 0, 3], [0, 1, 1]])
        let rows = Self.rows([[0, 1, 0], [2, 0, 2, 2], [1, 2]])
        let expected: [[Float]] = [
            [0.861_036_6, 0.508_542_3], [0.430_165_3, 0.902_750_2], [0.707_106_8, 0.707_106_8],
        ]
        #expect(rows.columns == 3)
        for row in 0..<3 {
            for (found, value) in zip(rows[row], expected[row]) {
                #expect(abs(found.value - value) < 1e-5)
            }
        }
        #expect(rows[1].map(\.column) == [0, 2])
    }

    @Test func `a term of a single text is left out, and a text without others is empty`() {
        let rows = Self.rows([[7, 7, 8], [8, 9], [10], []])
        #expect(rows.columns == 1)
        #expect((0..<4).map { rows[$0].count } == [1, 1, 0, 0])
        #expect(rows[0][0].value == 1)
    }

    @Test func `parts joined in order are the whole, also after a journey as bytes`() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "terms")
            let texts = (0..<30).map { _ in
                (0..<draws.below(40)).map { _ in UInt64(draws.below(50)) }
            }
            let whole = Self.counts(texts)
            var joined = TermCounts()
            for part in [texts[..<10], texts[10..<10], texts[10...]] {
                joined.append(
                    contentsOf: try TermCounts(
                        portableBytes: Self.counts(Array(part)).portableBytes))
            }
            #expect(joined == whole)
        }
    }

    @Test func `frequencies of some texts weigh the terms of others, also after a journey`() throws
    {
        let known = InverseFrequencies(Self.counts([[1, 2], [1, 2], [1, 3]]))
        let travelled = try InverseFrequencies(portableBytes: known.portableBytes)
        #expect(travelled == known)
        // 3 is of one text, 9 of none.
        let rows = travelled.rows(Self.counts([[2, 9], [3]]))
        #expect(rows[0].map(\.value) == [1])
        #expect(rows[1].isEmpty)
    }

    @Test func `of a long text the first terms count`() {
        let long = (0..<UInt64(TermCounts.mostTerms) + 100).map { $0 * 3 }
        let rows = Self.rows([long, long])
        #expect(rows.columns == TermCounts.mostTerms)
    }
}
