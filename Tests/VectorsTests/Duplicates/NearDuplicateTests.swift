import Records
import Testing

@testable import Vectors

struct NearDuplicateTests {
    /// Texts of random words, of which many are edited copies of earlier ones.
    static func corpus(_ seed: UInt64, count: Int) -> [String] {
        var draws = CounterRNG(seed: seed, purpose: "near duplicate test")
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
        #expect(sketches.count == 40)
    }

    @Test func `sketches of any number of parts are those of the whole, through bytes as well`()
        throws
    {
        let finder = try NearDuplicates(threshold: 0.95, recall: 0.5, seed: 2)
        var whole = finder.noSketches
        for text in 0..<9_000 as Range<UInt64> { finder.add([text / 2], to: &whole) }
        for size in [1, 700, 4_096, 5_000] {
            var joined = finder.noSketches
            for first in stride(from: 0, to: 9_000, by: size) {
                var part = finder.noSketches
                for text in first..<min(first + size, 9_000) {
                    finder.add([UInt64(text / 2)], to: &part)
                }
                joined.append(contentsOf: part)
            }
            #expect(joined == whole)
            #expect(joined.portableBytes == whole.portableBytes)
        }
        #expect(try Sketches(portableBytes: whole.portableBytes) == whole)
        var index = finder.index(whole)
        let next = index.next()
        let first = try #require(next)
        #expect(first.count == 4_500)
        #expect(Set((0..<4_500).map { Array(first[$0]) }).contains([8_998, 8_999]))
    }

    @Test func `texts in another order give the same pairs by their numbers there`() throws {
        for seed in 0..<4 as Range<UInt64> {
            let texts = Self.corpus(seed, count: 80)
            var draws = CounterRNG(seed: seed, purpose: "order")
            let order = draws.shuffled(Array(0..<Int32(80)))
            let finder = try NearDuplicates(threshold: 0.6, seed: seed, bucketLimit: 3)
            let reordered = try Self.sets(order.map { texts[Int($0)] })
            let sketches = finder.sketches(try Self.sets(texts))
            var index = finder.index(sketches, order: order)
            var found = SimilarPairs()
            while let buckets = index.next() {
                found.add(
                    finder.pairs(in: 0..<buckets.count, of: buckets) { Array(reordered[$0]) })
            }
            #expect(found.joined() == finder.pairs(reordered))
        }
    }

    @Test func `pairs that come often are kept once, in order`() {
        var draws = CounterRNG(seed: 3, purpose: "pairs")
        var pairs = SimilarPairs()
        for _ in 0..<20 {
            pairs.add(
                (0..<20_000).map { _ in
                    SimilarPair(first: draws.below(50), second: 50 + draws.below(50), score: 1)
                })
        }
        let all = (0..<2_500).map { SimilarPair(first: $0 / 50, second: 50 + $0 % 50, score: 1) }
        #expect(pairs.joined() == all)
        var none = SimilarPairs()
        #expect(none.joined() == [])
    }

    @Test func `buckets in parts, shingles on demand: the pairs of the whole`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let sets = try Self.sets(Self.corpus(seed, count: 120))
            for limit in [2, 256] {
                let finder = try NearDuplicates(threshold: 0.6, seed: seed, bucketLimit: limit)
                let whole = finder.pairs(sets)
                var index = finder.index(finder.sketches(sets))
                var candidates: Set<Int32> = []
                var asked: Set<Int32> = []
                var parts = SimilarPairs()
                while let buckets = index.next() {
                    var from = buckets.count
                    while from > 0 {
                        let part = max(0, from - 7)..<from
                        candidates.formUnion(part.flatMap { buckets[$0] })
                        parts.add(
                            finder.pairs(in: part, of: buckets) { text in
                                asked.insert(Int32(text))
                                return Array(sets[text])
                            })
                        from = part.lowerBound
                    }
                }
                #expect(parts.joined() == whole)
                #expect(asked.isSubset(of: candidates))
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
        var index = finder.index(sketches)
        var differences = 0
        var shared = 0
        var band = 0
        while let buckets = index.next() {
            var bucketOfText = (0..<60).map { -1 - $0 }
            for bucket in 0..<buckets.count {
                for text in buckets[bucket] { bucketOfText[Int(text)] = bucket }
            }
            for first in 0..<60 {
                for second in 0..<first {
                    let isSame =
                        sketches.key(of: first, in: band) == sketches.key(of: second, in: band)
                    differences += isSame == (bucketOfText[first] == bucketOfText[second]) ? 0 : 1
                    shared += isSame ? 1 : 0
                }
            }
            band += 1
        }
        #expect(band == finder.banding.bands)
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
            var draws = CounterRNG(seed: seed, purpose: "components")
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
