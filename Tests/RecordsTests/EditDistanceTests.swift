import Records
import Testing

struct EditDistanceTests {
    private func distance(_ one: String, _ other: String, transpositions: Bool = false) -> Int {
        EditDistance.between(
            one.unicodeScalars.map(\.value), other.unicodeScalars.map(\.value),
            transpositions: transpositions)
    }

    @Test func `insertions, deletions, substitutions and transpositions are edits`() {
        #expect(distance("", "") == 0 && distance("", "abc") == 3 && distance("abc", "") == 3)
        #expect(distance("kitten", "sitting") == 3 && distance("flaw", "lawn") == 2)
        #expect(distance("form", "from") == 2)
        #expect(distance("form", "from", transpositions: true) == 1)
        // Optimal string alignment: a transposed pair is not edited once more.
        #expect(distance("ca", "abc", transpositions: true) == 3)
        #expect(distance("e\u{301}", "\u{E9}") == 2)
    }

    @Test(arguments: [false, true])
    func `distances are those of the definition, for many words`(transpositions: Bool) {
        for seed in 0..<400 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "words")
            let words = (0..<2).map { _ in
                (0..<draws.below(9)).map { _ in UInt32(97 + draws.below(3)) }
            }
            let found = EditDistance.between(words[0], words[1], transpositions: transpositions)
            #expect(found == Self.definition(words[0][...], words[1][...], transpositions))
            #expect(
                found == EditDistance.between(words[1], words[0], transpositions: transpositions))
        }
    }

    /// By recursion over the last scalars, with every distance of beginnings kept.
    private static func definition(
        _ one: ArraySlice<UInt32>, _ other: ArraySlice<UInt32>, _ transpositions: Bool
    ) -> Int {
        var known: [Int: Int] = [:]
        func distance(_ i: Int, _ j: Int) -> Int {
            if i == 0 || j == 0 { return i + j }
            if let found = known[i * 100 + j] { return found }
            var ways = [
                distance(i - 1, j) + 1, distance(i, j - 1) + 1,
                distance(i - 1, j - 1) + (one[i - 1] == other[j - 1] ? 0 : 1),
            ]
            if transpositions, i > 1, j > 1, one[i - 1] == other[j - 2],
                one[i - 2] == other[j - 1]
            {
                ways.append(distance(i - 2, j - 2) + 1)
            }
            let least = ways.min() ?? 0
            known[i * 100 + j] = least
            return least
        }
        return distance(one.count, other.count)
    }
}
