import Records
import Testing
import Vectors

struct UnionFindTests {
    @Test func `sets are those of the pairs, in any order, named by their smallest`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "union-find")
            let count = 1 + draws.below(60)
            let pairs = (0..<draws.below(60)).map { _ in (draws.below(count), draws.below(count)) }
            // By definition: spread the smallest name along the pairs until nothing changes.
            var names = Array(0..<count)
            while true {
                let before = names
                for (one, other) in pairs {
                    let least = min(names[one], names[other])
                    (names[one], names[other]) = (least, least)
                }
                if names == before { break }
            }
            var sets = UnionFind(count: count)
            for (one, other) in draws.shuffled(pairs) { sets.union(one, other) }
            #expect((0..<count).map { sets.find($0) } == names)
            #expect(sets.smallest() == names.map { Int32($0) })
        }
    }

    @Test func `no numbers are no sets`() {
        var sets = UnionFind(count: 0)
        #expect(sets.smallest().isEmpty)
    }
}
