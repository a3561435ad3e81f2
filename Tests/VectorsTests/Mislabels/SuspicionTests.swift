import Records
import Testing

@testable import Vectors

@Suite struct SuspicionTests {
    @Test func `equal values share the mean of their ranks`() throws {
        // Of four the ranks 3, 0.5, 3 and 1.5.
        #expect(try Suspicion.meanRanks([[3, 1, 3, 2]]) == [0.75, 0.125, 0.75, 0.375])
        #expect(try Suspicion.meanRanks([[]]) == [])
    }

    @Test func `both witnesses against a label make it the most suspicious`() throws {
        let scores = try Suspicion.meanRanks([
            [0.1, 0.9, 0.2, 0.3, .nan], [0.1, 0.9, 0.2, 0.6, 1],
        ])
        #expect(scores[..<4] == [0.125, 0.875, 0.375, 0.625])
        #expect(scores[4].isNaN)
    }

    @Test func `finds planted errors better than chance by far, whatever the seed`() async throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let (matrix, clean) = try Self.clusters(seed: seed)
            var draws = CounterRNG(seed: seed, purpose: "flips")
            var noisy = clean
            var isWrong = [Int8](repeating: 0, count: clean.count)
            for row in noisy.indices where draws.chance(0.08) {
                noisy[row] = 1 - noisy[row]
                isWrong[row] = 1
            }
            let labels = try LabelTable(rows: noisy.count, columns: [noisy])
            let held = try await FoldModels.heldOut(
                matrix: matrix, labels: labels, folds: noisy.indices.map { Int32($0 % 5) })
            let distrust = noisy.enumerated().map { row, label in
                Float(label == 1 ? 1 - held.columns[0][row] : held.columns[0][row])
            }
            let scores = try Suspicion.meanRanks([distrust, Self.disagreement(matrix, noisy)])
                .map { Double($0) }
            let precision = try ScoreSteps(labels: isWrong, scores: scores).averagePrecision
            #expect(precision > 0.8)
        }
    }

    @Test func `refuses witnesses of unlike length and none at all; silence stays silence`() throws
    {
        for witnesses in [[], [[0.5, 2], [0.5]]] as [[[Float]]] {
            #expect(throws: Fault.self) { try Suspicion.meanRanks(witnesses) }
        }
        #expect(try Suspicion.meanRanks([[.nan, .nan]]).allSatisfy(\.isNaN))
    }

    /// Two clouds of points; the label is the cloud.
    static func clusters(seed: UInt64) throws -> (Matrix, [Int8]) {
        var draws = CounterRNG(seed: seed, purpose: "clusters")
        var rows: [[Float]] = []
        var labels: [Int8] = []
        for _ in 0..<200 {
            let label = Int8(draws.below(2))
            labels.append(label)
            rows.append(
                (0..<6).map { at in
                    Float(draws.unit() - 0.5) + (at < 2 ? Float(label) * 1.2 : 0)
                })
        }
        return (try Matrix(rows), labels)
    }

    /// The share of the ten nearest rows with another label.
    static func disagreement(_ matrix: Matrix, _ labels: [Int8]) -> [Float] {
        let rows = (0..<matrix.rows).map { row in matrix.withRow(row) { Array($0) } }
        return rows.indices.map { row in
            let near = rows.indices.filter { $0 != row }.map { other -> (Float, Int) in
                (
                    zip(rows[row], rows[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) },
                    other
                )
            }.sorted { $0 < $1 }.prefix(10)
            return Float(near.filter { labels[$0.1] != labels[row] }.count) / 10
        }
    }
}
