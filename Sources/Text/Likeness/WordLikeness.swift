/// Whether one word is another that was misspelt, disguised or inflected.
///
/// Words are scalars of a ``TextSkeleton``.
struct WordLikeness: Sendable {
    typealias Scalars = ArraySlice<UInt32>

    /// Whether a word is one that people write, rather than a slip.
    let isKnown: @Sendable (_ word: Scalars) -> Bool

    func areAlike(_ one: Scalars, _ other: Scalars) -> Bool {
        if Self.areSpelledAlike(one, other) || Self.areDrawnOut(one, other)
            || Self.areShortened(one, other) || areShuffled(one, other)
            || WordLists.shortForms.contains(Array(one) + [0] + Array(other))
        {
            return true
        }
        let budget = Self.budget(max(one.count, other.count))
        guard budget > 0, abs(one.count - other.count) <= budget else { return false }
        let distance = Self.distance(one, other, most: budget)
        return distance == 0 || (distance <= budget && isSlip(one, other, distance))
    }

    /// Whether they have the same letters, digits and signs being read as the letters they replace.
    static func areSpelledAlike(_ one: Scalars, _ other: Scalars) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { Lookalikes.areAlike($0, $1) }
    }

    /// So many edits make no other word, for a word of so many letters.
    private static func budget(_ count: Int) -> Int {
        switch count {
        case ...1: 0
        case 2...5: 1
        case 6...9: 2
        default: 3
        }
    }

    private func isSlip(_ one: Scalars, _ other: Scalars, _ distance: Int) -> Bool {
        if Self.areInflected(one, other) { return true }
        if Self.areOpposite(one, other) || Self.areOpposite(other, one) { return false }
        let (first, second) = (isKnown(one), isKnown(other))
        if first && second { return false }
        if first || second { return true }
        // Of two names that nobody else writes, a letter makes another: Iran, Iraq.
        let count = max(one.count, other.count)
        if count < 5 { return one.count != other.count || one.sorted() == other.sorted() }
        return distance <= (count < 9 ? 1 : 2)
    }

    /// Insertions, deletions, substitutions and transpositions of neighbours (optimal string
    /// alignment), look-alikes and masks for nothing; more than `most` when a digit is among them.
    static func distance(_ one: Scalars, _ other: Scalars, most: Int) -> Int {
        let (a, b) = (Array(one), Array(other))
        let never = most + 1
        func cost(_ value: UInt32) -> Int {
            value == Lookalikes.mask ? 0 : Lookalikes.isDigit(value) ? never : 1
        }
        func cost(_ value: UInt32, _ instead: UInt32) -> Int {
            if value == Lookalikes.mask || instead == Lookalikes.mask { return 0 }
            if Lookalikes.areAlike(value, instead) { return 0 }
            return max(cost(value), cost(instead))
        }
        var row = [0]
        for value in b { row.append(min(never, row[row.count - 1] + cost(value))) }
        var last: [Int] = []
        for i in 1...max(1, a.count) where i <= a.count {
            let before = last
            last = row
            row[0] = min(never, last[0] + cost(a[i - 1]))
            var least = row[0]
            for j in 1...max(1, b.count) where j <= b.count {
                var found = min(
                    last[j - 1] + cost(a[i - 1], b[j - 1]),
                    min(last[j] + cost(a[i - 1]), row[j - 1] + cost(b[j - 1])))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1], a[i - 1] != a[i - 2] {
                    found = min(found, before[j - 2] + max(cost(a[i - 1]), cost(a[i - 2])))
                }
                row[j] = min(never, found)
                least = min(least, row[j])
            }
            if least >= never { return never }
        }
        return row[b.count]
    }

    private static let endings = ["s", "es", "ed", "d", "ing", "ly"].map {
        $0.unicodeScalars.map(\.value)
    }

    /// Whether one is the other with an ending of grammar.
    private static func areInflected(_ one: Scalars, _ other: Scalars) -> Bool {
        let (short, long) = one.count < other.count ? (one, other) : (other, one)
        guard short.count >= 3, long.starts(with: short) else { return false }
        return endings.contains(Array(long.dropFirst(short.count)))
    }

    private static let prefixes = [
        "un", "in", "im", "ir", "il", "dis", "non", "anti", "de", "mis", "a",
    ].map { $0.unicodeScalars.map(\.value) }

    /// Whether `long` is `short` turned into its opposite: `unhappy`, `harmless`.
    private static func areOpposite(_ short: Scalars, _ long: Scalars) -> Bool {
        let extra = long.count - short.count
        guard extra > 0, short.count >= 3 else { return false }
        return long.dropFirst(extra) == short && prefixes.contains(Array(long.prefix(extra)))
    }

    /// Whether the inner letters are those of the other word in another order.
    private func areShuffled(_ one: Scalars, _ other: Scalars) -> Bool {
        one.count == other.count && one.count >= 4 && one.first == other.first
            && one.last == other.last && one.sorted() == other.sorted()
            && !(isKnown(one) && isKnown(other))
    }

    /// Whether they are the same once letters that are written thrice or more count once, and
    /// `rn`, `vv` and `cl` are what they look like.
    private static func areDrawnOut(_ one: Scalars, _ other: Scalars) -> Bool {
        if hasRun(one) || hasRun(other) {
            return withoutRuns(one.map(Lookalikes.letter))
                == withoutRuns(other.map(Lookalikes.letter))
        }
        return abs(one.count - other.count) < 4 && merged(one) == merged(other)
    }

    private static func hasRun(_ word: Scalars) -> Bool {
        zip(word, zip(word.dropFirst(), word.dropFirst(2))).contains { $0 == $1.0 && $0 == $1.1 }
    }

    private static func withoutRuns(_ word: [UInt32]) -> [UInt32] {
        word.enumerated().filter { $0.offset == 0 || word[$0.offset - 1] != $0.element }
            .map(\.element)
    }

    private static func merged(_ word: Scalars) -> [UInt32] {
        var found: [UInt32] = []
        for value in word {
            switch (found.last, value) {
            case (0x72, 0x6E): found[found.count - 1] = 0x6D
            case (0x76, 0x76): found[found.count - 1] = 0x77
            case (0x63, 0x6C): found[found.count - 1] = 0x64
            default: found.append(Lookalikes.letter(value))
            }
        }
        return found
    }

    /// Whether one is the other without its vowels: `ppl`, `stpd`.
    private static func areShortened(_ one: Scalars, _ other: Scalars) -> Bool {
        let (short, long) = one.count < other.count ? (one, other) : (other, one)
        guard short.count >= 3, !short.contains(where: isVowel) else { return false }
        return withoutRuns(long.filter { !isVowel($0) }) == withoutRuns(Array(short))
    }

    private static func isVowel(_ value: UInt32) -> Bool {
        switch value {
        case 0x61, 0x65, 0x69, 0x6F, 0x75: true
        default: false
        }
    }
}
