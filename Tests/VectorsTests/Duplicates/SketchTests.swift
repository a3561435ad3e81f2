import CVectors
import Records
import Testing

@testable import Vectors

struct SketchTests {
    /// Two sets of `size` hashes of which so many are shared.
    private static func sets(sharing shared: Int, of size: Int, _ draws: inout CounterRNG)
        -> ([UInt64], [UInt64])
    {
        let common = (0..<shared).map { _ in draws.next() }
        func filled() -> [UInt64] {
            draws.shuffled(common + (shared..<size).map { _ in draws.next() })
        }
        return (filled(), filled())
    }

    @Test func `a signature holds the least values by definition, whatever the instruction set`()
        throws
    {
        for slots in [16, 48, 64, 128] {
            var draws = CounterRNG(seed: UInt64(slots), purpose: "signatures")
            let factors = (0..<slots).map { _ in UInt32(truncatingIfNeeded: draws.next()) | 1 }
            let terms = (0..<slots).map { _ in UInt32(truncatingIfNeeded: draws.next()) }
            for count in [0, 1, 7, 300] {
                let hashes = (0..<count).map { _ in draws.next() }
                let least = zip(factors, terms).map { factor, term in
                    hashes.map {
                        factor &* UInt32(truncatingIfNeeded: $0 ^ $0 >> 32) &+ term
                    }.min() ?? .max
                }
                for level in KernelTests.levels {
                    var signature = [UInt32](repeating: .max, count: slots)
                    cvectors_minhash(
                        level, hashes + [0], count, factors, terms, slots, &signature)
                    #expect(signature == least)
                }
            }
        }
    }

    @Test func `the look at sketches passes pairs at the threshold, and few that met by chance`()
        throws
    {
        for (threshold, recall) in [(0.2, 0.9), (0.45, 0.85), (0.6, 0.95)] {
            let banding = try Banding.forRecall(recall, at: threshold)
            let hasher = try MinHash(slots: banding.slots, seed: 3)
            let least = banding.leastEqualSlots(at: threshold, confidence: 0.999)
            var draws = CounterRNG(seed: UInt64(1_000 * threshold), purpose: "sketch look")
            var (passed, passedByChance) = (0, 0)
            let size = 400
            // J = s / (2 n - s) for s of n shared.
            let atThreshold = Int((2 * threshold / (1 + threshold) * Double(size)).rounded(.up))
            for shared in [Int](repeating: atThreshold, count: 500)
                + [Int](repeating: 20, count: 500)
            {
                let (one, other) = Self.sets(sharing: shared, of: size, &draws)
                var sketches = Sketches(bands: banding.bands)
                for set in [one, other] {
                    hasher.signature(set).withUnsafeBufferPointer { sketches.append($0, banding) }
                }
                var rows = SketchRows(banding, least: least)
                rows.append(sketches.keys(of: 0))
                rows.append(sketches.keys(of: 1))
                if shared == 20 {
                    passedByChance += rows.mayBePair(0, 1) ? 1 : 0
                } else {
                    passed += rows.mayBePair(0, 1) ? 1 : 0
                }
            }
            // One in a thousand is left out; among 500 six are a chance of one in ten thousand.
            #expect(passed >= 495)
            #expect(passedByChance <= (threshold < 0.3 ? 50 : 0))
        }
    }

    @Test func `the least number of equal slots is the binomial quantile`() {
        #expect(Banding(bands: 1, rows: 1).leastEqualSlots(at: 0.5, confidence: 0.5) == 1)
        #expect(Banding(bands: 2, rows: 2).leastEqualSlots(at: 0.5, confidence: 0.9) == 1)
        #expect(Banding(bands: 2, rows: 2).leastEqualSlots(at: 0.5, confidence: 0.6) == 2)
        #expect(Banding(bands: 20, rows: 3).leastEqualSlots(at: 0.45, confidence: 0.999) == 15)
        #expect(Banding(bands: 4, rows: 2).leastEqualSlots(at: 1, confidence: 0.999) == 8)
    }

    @Test func `texts that share a band by chance are not read`() throws {
        var draws = CounterRNG(seed: 9, purpose: "chance")
        // Sets of 600 of 3,000 hashes have a similarity of 0.11, so many share a band.
        let pool = (0..<3_000).map { _ in draws.next() }
        let finder = try NearDuplicates(threshold: 0.45, recall: 0.85)
        let sets = (0..<500).map { _ in Array(draws.shuffled(pool).prefix(600)).sorted() }
        var sketches = finder.noSketches
        for set in sets { finder.add(set, to: &sketches) }
        var index = finder.index(sketches)
        var (met, read) = (0, 0)
        while let buckets = index.next() {
            met += (0..<buckets.count).reduce(0) { $0 + buckets[$1].count }
            _ = finder.pairs(in: 0..<buckets.count, of: buckets) { text in
                read += 1
                return sets[text]
            }
        }
        #expect(met > 1_000)
        #expect(read < met / 20)
    }
}
