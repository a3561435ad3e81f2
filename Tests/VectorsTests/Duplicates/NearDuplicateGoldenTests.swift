import Records
import Testing

@testable import Vectors

/// Against Golden/minhash.json (datasketch 2.0.0, text-dedup 0.4.0).
@Suite
struct NearDuplicateGoldenTests {
    let golden: JSONValue

    init() throws { golden = try Golden.read("minhash.json") }

    @Test func `Jaccard similarities are exact`() async throws {
        try await Golden.check(
            "minhash.json", "similarities", within: "1e-12", golden["pairs"].items
        ) { pair in
            let one = pair["a"].items.compactMap(\.string).map { StableHash.hash($0) }
            let two = pair["b"].items.compactMap(\.string).map { StableHash.hash($0) }
            let expected = try #require(pair["exact_jaccard"].number)
            let found = Jaccard.similarity(sortedUnique(one), sortedUnique(two))
            #expect(abs(found - expected) < 1e-12)
        }
    }

    @Test func `estimates are as near as datasketch's`() async throws {
        try await Golden.check(
            "minhash.json", "sizes of sketches",
            within: "95 % within 4 standard errors, mean error 1.2 times datasketch's", [128, 256],
            compareEstimates)
    }

    func compareEstimates(slots: Int) throws {
        var ours = 0.0
        var theirs = 0.0
        var within = 0
        var count = 0
        for pair in golden["pairs"].items {
            let exact = try #require(pair["exact_jaccard"].number)
            let one = pair["a"].items.compactMap(\.string).map { StableHash.hash($0) }
            let two = pair["b"].items.compactMap(\.string).map { StableHash.hash($0) }
            let allowed = 4 * (exact * (1 - exact) / Double(slots)).squareRoot() + 1e-9
            let estimates = pair["estimates"]["datasketch_affine32_k\(slots)_seeds1-5"].numbers
            for seed in 1...5 as ClosedRange<UInt64> {
                let hasher = try MinHash(slots: slots, seed: seed)
                let agreeing = zip(hasher.signature(one), hasher.signature(two)).count { $0 == $1 }
                let error = abs(Double(agreeing) / Double(slots) - exact)
                ours += error
                theirs += abs(estimates[Int(seed) - 1] - exact)
                within += error <= allowed ? 1 : 0
                count += 1
            }
        }
        #expect(count == 115)
        #expect(Double(within) >= 0.95 * Double(count))
        #expect(ours <= 1.2 * theirs)
    }

    @Test func `curves and datasketch's band choices agree`() async throws {
        try await Golden.check(
            "minhash.json", "curves", within: "1e-12", golden["s_curves"].items
        ) { curve in
            let banding = Banding(
                bands: try #require(curve["b"].number.map { Int($0) }),
                rows: try #require(curve["r"].number.map { Int($0) }))
            for key in curve["p_candidate"].keys {
                let expected = try #require(curve["p_candidate"][key].number)
                let found = banding.probability(at: try #require(Double(key)))
                #expect(abs(found - expected) < 1e-12)
            }
        }
        try await Golden.check(
            "minhash.json", "choices of bands", within: "exact", golden["optimal_b_r"].items
        ) { choice in
            let slots = Int(try #require(choice["num_perm"].number))
            let found = Banding.leastError(
                at: try #require(choice["threshold"].number), slots: slots)
            #expect(found.bands == choice["b"].number.map { Int($0) })
            #expect(found.rows == choice["r"].number.map { Int($0) })
        }
    }

    @Test func `the planted corpus gives the exact pairs, clusters and kept rows`() async throws {
        try await Golden.check(
            "minhash.json", "corpus of 57 documents", within: "pairs exact, scores 1e-12",
            [golden["near_dup_corpus"]], Self.compareCorpus)
    }

    static func compareCorpus(_ corpus: JSONValue?) throws {
        var sets = try ShingleSets(.words(3))
        for text in corpus["docs"].items.compactMap(\.string) { sets.append(text.lowercased()) }
        let expected = corpus["exact_pairs_jaccard>=0.5"].table
        let pairs = try NearDuplicates(threshold: 0.5, recall: 0.9999).pairs(sets)
        #expect(pairs.count == expected.count)
        for (pair, row) in zip(pairs, expected) {
            #expect(pair.first == Int(row[0]) && pair.second == Int(row[1]))
            #expect(abs(pair.score - row[2]) < 1e-12)
        }
        let close = pairs.filter { $0.score >= 0.7 }
        let components = Components.smallestRows(rowCount: sets.count, pairs: close)
        let clusters = corpus["clusters_single_linkage_threshold_0.7_root_is_min_index"].integers
        #expect(components.map { Int($0) } == clusters)
        let kept = components.indices.filter { components[$0] == Int32($0) }
        #expect(kept == corpus["kept_indices"].integers)
    }

    @Test func `words are shingled as text-dedup does, but short texts keep a shingle`()
        async throws
    {
        // Its split at \W parts words at punctuation and keeps empty ones: compare plain texts.
        let plain = golden["text_dedup_shingles"].items.filter { sample in
            (sample["text"].string ?? "").allSatisfy { $0.isLetter || $0 == " " }
        }
        try await Golden.check("minhash.json", "plain texts", within: "exact", plain) { sample in
            let text = try #require(sample["text"].string)
            let length = Int(try #require(sample["ngram"].number))
            var sets = try ShingleSets(.words(length))
            sets.append(text.lowercased())
            let shingles = sample["shingles"].items.compactMap(\.string)
            #expect(sets[0].count == max(shingles.count, 1))
        }
    }
}
