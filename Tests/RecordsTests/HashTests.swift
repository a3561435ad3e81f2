import Testing

@testable import Records

struct StableHashTests {
    @Test func `gives the specification's values for empty, short and long input`() {
        #expect(StableHash.hash("") == 0xEF46_DB37_51D8_E999)
        #expect(StableHash.hash("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(StableHash.hash("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(
            StableHash.hash("Nobody inspects the spammish repetition")
                == 0xFBCE_A83C_8A37_8BF1)
    }

    @Test func `draws depend on seed, purpose and id alone, and cover their range evenly`() {
        var counts = [Int](repeating: 0, count: 7)
        for id in 0..<7_000 {
            var draws = CounterRNG(seed: 1, purpose: "test", id: "\(id)")
            counts[draws.below(7)] += 1
        }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        var one = CounterRNG(seed: 1, purpose: "test", id: "x")
        var same = CounterRNG(seed: 1, purpose: "test", id: "x")
        var other = CounterRNG(seed: 2, purpose: "test", id: "x")
        #expect(one.next() == same.next())
        #expect(one.next() != other.next())
    }

    @Test func `shuffling keeps every element, for every seed`() {
        for seed in 0..<64 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "shuffle")
            #expect(draws.shuffled(Array(0..<50)).sorted() == Array(0..<50))
        }
    }

    @Test func `SHA-256 gives the standard's values`() {
        #expect(
            SHA256.hash("abc").hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        var pieces = SHA256()
        pieces.update("a")
        pieces.update("bc")
        #expect(pieces.finish() == SHA256.hash("abc"))
    }
}
