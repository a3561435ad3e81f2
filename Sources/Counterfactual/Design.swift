internal import Records

/// Which ingredients set k holds: computed from k, so that nothing is ever listed.
///
/// Sets come in rounds. A round holds every group once, in an order of its own; over the rounds a
/// group runs through all pairs of its predicates and frames on diagonals. So after any number of
/// sets, uses of a group, of a group and predicate, and of a group, predicate and frame differ by
/// at most one (reference 2.4, a balanced incomplete block sample).
struct Design: Sendable {
    struct Choice {
        var group: Int
        /// Another group of the class; nil when there is none.
        var swapped: Int?
        var template: Int
        var negative: Int
        var positive: Int
        var object: Int?
        var nonprotected: Int?
        var individual: Int?
    }

    /// What groups of one symmetric class share.
    struct Class: Sendable {
        /// Indices of the groups.
        var members: [Int]
        /// Indices of the predicates that suit every member.
        var negative: [Int]
        var positive: [Int]
    }

    let seed: UInt64
    let groups: Int
    let templates: Int
    let objects: Int
    let nonprotected: Int
    let individuals: Int
    let classes: [Class]
    /// Of each group: its class and its place in it.
    let membership: [(of: Int, place: Int)]

    func choice(_ index: Int) -> Choice {
        let round = index / groups
        let group = permuted(index % groups, of: groups, "group", block: round)
        let (classIndex, place) = membership[group]
        let own = classes[classIndex]
        let negatives = own.negative.count
        // Neighbours in a class stand one step apart, so that a round spreads over predicates.
        let offset = place + Int(truncatingIfNeeded: StableHash.mix(seed, UInt64(classIndex)) >> 33)
        let turn = round + offset % (negatives * templates)
        let diagonal =
            turn / leastCommonMultiple(negatives, templates)
            % greatestCommonDivisor(negatives, templates)
        let swap = own.members.count < 2 ? nil : 1 + round % (own.members.count - 1)
        return Choice(
            group: group,
            swapped: swap.map { own.members[(place + $0) % own.members.count] },
            template: (turn + diagonal) % templates,
            negative: own.negative[turn % negatives],
            // The turn moves on by a step whenever every pairing would come round again.
            positive: own.positive[
                (round + offset / 7 + round / leastCommonMultiple(negatives, own.positive.count))
                    % own.positive.count],
            object: cycled(index, objects, "object"),
            nonprotected: cycled(index, nonprotected, "nonprotected"),
            individual: cycled(index, individuals, "individual"))
    }

    /// Runs through all of `count` once a block, each block in an order of its own.
    private func cycled(_ index: Int, _ count: Int, _ name: String) -> Int? {
        count == 0 ? nil : permuted(index % count, of: count, name, block: index / count)
    }

    /// An affine permutation of `0..<count` drawn for one block.
    private func permuted(_ place: Int, of count: Int, _ name: String, block: Int) -> Int {
        let key = StableHash.mix(StableHash.hash(name, seed: seed), UInt64(block))
        var factor = 1 + Int(truncatingIfNeeded: (key >> 32) % UInt64(count))
        while greatestCommonDivisor(factor, count) != 1 { factor += 1 }
        let shift = Int(truncatingIfNeeded: (key & 0xFFFF_FFFF) % UInt64(count))
        return (place * factor + shift) % count
    }
}

private func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while other != 0 { (one, other) = (other, one % other) }
    return one
}

private func leastCommonMultiple(_ one: Int, _ other: Int) -> Int {
    one / greatestCommonDivisor(one, other) * other
}
