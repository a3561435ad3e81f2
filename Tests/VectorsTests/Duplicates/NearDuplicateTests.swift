import Records
import Testing

@testable import Vectors

struct NearDuplicateTests {
    /// Texts of random words, of which many are edited copies of earlier ones.
    static func corpus(_ seed: UInt64, count: Int) -> [String] {
        var draws = Draws(seed: seed, purpose: "near duplicate test")
        var texts: [[String]] = []
        for _ in 0..<count {
            if draws.chance(0.6), var copy = draws.pick(texts) {
                for _ in 0..<draws.below(4) where !copy.isEmpty {
                    copy[draws.below(copy.count)] = "word\(draws.below(400))"
                }
                texts.append(copy)
            } else {
                texts.append((0..<draws.below(25)).map { _ in "word\(draws.below(400))" })
            }
        }
        return texts.map { $0.joined(separator: " ") }
    }

    static func sets(_ texts: [String], _ shingling: Shingling = .standard) throws -> ShingleSets {
        var sets = try ShingleSets(shingling)
        for text in texts { sets.append(text) }
        return sets
    }

    @Test func `shingles are runs of characters, not of bytes`() throws {
        let sets = try Self.sets(["añb", "añbc", "añbcd", "xañb"], .characters(3))
        #expect((0..<4).map { sets[$0].count } == [1, 2, 3, 2])
        #expect(sets.jaccard(0, 1) == 0.5)
        #expect(sets.jaccard(1, 2) == 2.0 / 3)
        #expect(sets.jaccard(2, 3) == 1.0 / 4)
    }

    @Test func `shingles of words ignore how the words are spaced, and repeats count once`() throws
    {
        let sets = try Self.sets(["a b c a b", "  a\tb\n c a b ", "b a"], .words(2))
        #expect(sets[0].count == 3)
        #expect(Array(sets[0]) == Array(sets[1]))
        #expect(sets.jaccard(0, 2) == 0)
    }

    @Test func `short texts equal their exact copies and nothing else`() throws {
        let sets = try Self.sets(["hi", "hi", "ho", "", "", "you suck", "you suck"], .words(5))
        for first in 0..<7 {
            for second in 0..<7 {
                let isCopy =
                    first == second
                    || [[0, 1], [3, 4], [5, 6]].contains { pair in
                        pair == [min(first, second), max(first, second)]
                    }
                #expect(sets.jaccard(first, second) == (isCopy ? 1 : 0))
            }
        }
        let pairs = try NearDuplicates(threshold: 0.7).pairs(sets)
        #expect(pairs.map(\.first) == [0, 3, 5] && pairs.map(\.second) == [1, 4, 6])
    }

    @Test func `parts joined in order are the whole`() throws {
        let texts = Self.corpus(1, count: 40)
        var joined = try Self.sets(Array(texts[..<15]))
        joined.append(contentsOf: try Self.sets(Array(texts[15...])))
        let whole = try Self.sets(texts)
        #expect(joined == whole)
        let finder = try NearDuplicates(threshold: 0.7, seed: 2)
        var sketches = finder.sketches(try Self.sets(Array(texts[..<15])))
        sketches.append(contentsOf: finder.sketches(try Self.sets(Array(texts[15...]))))
        #expect(sketches == finder.sketches(whole))
        #expect(sketches.reordered([3, 1, 3]).count == 3)
        let reversed = sketches.reordered(Array((0..<40).reversed()))
        #expect(reversed != sketches)
        #expect(reversed.reordered(Array((0..<40).reversed())) == sketches)
    }

    @Test func `buckets in parts, shingles on demand: the pairs of the whole`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let sets = try Self.sets(Self.corpus(seed, count: 120))
            for limit in [2, 256] {
                let finder = try NearDuplicates(threshold: 0.6, seed: seed, bucketLimit: limit)
                let whole = finder.pairs(sets)
                let index = BandIndex(finder.sketches(sets))
                var asked: Set<Int> = []
                var parts: [SimilarPair] = []
                var from = index.bucketCount
                while from > 0 {
                    let part = max(0, from - 7)..<from
                    parts += finder.pairs(in: part, of: index, kinds: []) { text in
                        asked.insert(text)
                        return Array(sets[text])
                    }
                    from = part.lowerBound
                }
                #expect(NearDuplicates.joined(parts) == whole)
                let candidates = (0..<index.bucketCount).flatMap { index.texts(in: $0) }
                #expect(asked.isSubset(of: candidates.map { Int($0) }))
            }
        }
    }

    @Test func `estimates err as theory says, over many seeds`() throws {
        let one = (0..<150).map { StableHash.hash("token \($0)") }
        let two = (50..<200).map { StableHash.hash("token \($0)") }
        var squares = 0.0
        let slots = 128
        for seed in 0..<200 as Range<UInt64> {
            let hasher = try MinHash(slots: slots, seed: seed)
            let agreeing = zip(hasher.signature(one), hasher.signature(two)).count { $0 == $1 }
            let error = Double(agreeing) / Double(slots) - 0.5
            squares += error * error
        }
        // The variance is J (1 - J) / slots; 200 draws of it lie within 30 %.
        let expected = 0.25 / Double(slots)
        #expect((0.7 * expected...1.3 * expected).contains(squares / 200))
    }

    @Test func `bands reach the recall asked for with the slots allowed`() throws {
        for threshold in stride(from: 0.3, through: 1, by: 0.05) {
            for recall in [0.9, 0.99, 0.999] {
                let banding = try Banding.forRecall(recall, at: threshold, slots: 256)
                #expect(banding.slots <= 256)
                #expect(banding.probability(at: threshold) >= recall)
                let fewer = Banding(bands: max(banding.bands - 1, 1), rows: banding.rows)
                #expect(banding.bands == 1 || fewer.probability(at: threshold) < recall)
            }
        }
        #expect(try Banding.forRecall(0.99, at: 0.01, slots: 16) == Banding(bands: 16, rows: 1))
        #expect(try Banding.forRecall(0.99, at: 0.8) == Banding(bands: 16, rows: 6))
    }

    @Test func `curves and datasketch's choices come out as published`() {
        let datatrove = Banding(bands: 14, rows: 8)
        #expect(abs(datatrove.probability(at: 0.7) - 0.564_504_042_391_417_4) < 1e-12)
        #expect(Banding.leastError(at: 0.8, slots: 64) == Banding(bands: 5, rows: 11))
        #expect(Banding.leastError(at: 0.9, slots: 64) == Banding(bands: 3, rows: 21))
    }

    @Test func `texts share a band key exactly when the bands make them candidates`() throws {
        let sets = try Self.sets(Self.corpus(4, count: 60))
        let finder = try NearDuplicates(threshold: 0.6)
        let sketches = finder.sketches(sets)
        let keys = (0..<60).map { text in
            Array(sketches.keys[text * sketches.bands..<(text + 1) * sketches.bands])
        }
        let index = BandIndex(sketches)
        var differences = 0
        var shared = 0
        for first in 0..<60 {
            for second in 0..<first {
                for band in 0..<finder.banding.bands {
                    let bucket = index.bucketOfText[first * index.bands + band]
                    let isShared =
                        bucket >= 0 && bucket == index.bucketOfText[second * index.bands + band]
                    let isSame = keys[first][band] == keys[second][band]
                    differences += isSame == isShared ? 0 : 1
                    shared += isSame ? 1 : 0
                }
            }
        }
        #expect(differences == 0)
        #expect(shared > 100)
    }

    @Test func `every pair reported is real, and nearly all real pairs are reported`() throws {
        var found = 0
        var real = 0
        for seed in 0..<8 as Range<UInt64> {
            let sets = try Self.sets(Self.corpus(seed, count: 120))
            for threshold in [0.5, 0.7, 0.9] {
                let all = NearDuplicates.allPairs(sets, threshold: threshold)
                let pairs = try NearDuplicates(threshold: threshold, seed: seed).pairs(sets)
                for pair in pairs { #expect(all.contains(pair)) }
                #expect(
                    zip(pairs, pairs.dropFirst()).allSatisfy { one, two in
                        (one.first, one.second) < (two.first, two.second)
                    })
                found += pairs.count
                real += all.count
            }
        }
        #expect(real > 300)
        #expect(Double(found) >= 0.99 * Double(real))
    }

    @Test func `a chain of likenesses is one component`() throws {
        // Each step changes a part; the ends share little.
        let words = (0..<20).map { "w\($0)" }
        let steps = [0, 3, 6, 9].map { words[$0..<$0 + 10].joined(separator: " ") }
        let sets = try Self.sets(steps, .words(1))
        let finder = try NearDuplicates(threshold: 0.5, recall: 0.999_999)
        let components = Components.smallestRows(rowCount: 4, pairs: finder.pairs(sets))
        #expect(components == [0, 0, 0, 0])
    }

    @Test func `huge buckets stay cheap and lose no copy`() throws {
        var texts = [String](repeating: "the very same announcement text", count: 600)
        texts.append("an altogether different remark")
        let sets = try Self.sets(texts)
        let finder = try NearDuplicates(threshold: 0.8, bucketLimit: 4)
        let pairs = finder.pairs(sets)
        #expect(pairs.count == 599)
        let components = Components.smallestRows(rowCount: 601, pairs: pairs)
        #expect(components == [Int32](repeating: 0, count: 600) + [600])
    }

    @Test func `components do not depend on the order of pairs`() {
        for seed in 0..<20 as Range<UInt64> {
            var draws = Draws(seed: seed, purpose: "components")
            let pairs = (0..<25).map { _ -> SimilarPair in
                let first = draws.below(39)
                return SimilarPair(
                    first: first, second: first + 1 + draws.below(39 - first), score: 1)
            }
            let names = Components.smallestRows(rowCount: 40, pairs: pairs)
            #expect(Components.smallestRows(rowCount: 40, pairs: draws.shuffled(pairs)) == names)
            for pair in pairs { #expect(names[pair.first] == names[pair.second]) }
            for row in 0..<40 {
                #expect(names[row] <= Int32(row))
                #expect(names[Int(names[row])] == names[row])
            }
        }
    }

    @Test func `nothing, one text and bad settings`() throws {
        let none = try ShingleSets()
        let finder = try NearDuplicates(threshold: 0.7)
        #expect(finder.pairs(none) == [])
        #expect(NearDuplicates.allPairs(none, threshold: 0.5) == [])
        #expect(Jaccard.similarity([], []) == 0)
        #expect(throws: Fault.self) { try ShingleSets(.words(0)) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: 0) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: 1.1) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: .nan) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: 0.5, recall: 1) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: 0.5, slots: 0) }
        #expect(throws: Fault.self) { try NearDuplicates(threshold: 0.5, bucketLimit: 0) }
    }
}
