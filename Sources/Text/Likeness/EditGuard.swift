/// Whether one text is an edited copy of another, rather than a text on another subject or one that
/// says the opposite.
///
/// Similarity of shingles cannot tell: `… a Muslim …` and `… a Christian …` share nearly all. Words
/// are aligned, and the texts are copies when
/// - words that differ look alike: misspelt, disguised, inflected, joined or spaced out, and not
///   both are words that people write;
/// - numbers are the same;
/// - no negator came or went;
/// - words that only one has stand at the ends, of one text at each end, and are fewer than the
///   words that both have; further in they say nothing, are doubled, or are one in ten at most.
public struct EditGuard: Sendable {
    private let likeness: WordLikeness

    /// - Parameter isKnown: Whether a word, given by its hash and its letters, is one that people
    ///   write: two such words are different words, however few letters differ.
    public init(isKnown: @escaping @Sendable (UInt64, String) -> Bool) {
        likeness = WordLikeness { word in
            isKnown(
                TextSkeleton.hash(word, .word),
                String(String.UnicodeScalarView(word.lazy.compactMap(Unicode.Scalar.init))))
        }
    }

    /// Whether either is an edited copy of the other; the order does not matter.
    public func areCopies(_ one: TextSkeleton, _ other: TextSkeleton) -> Bool {
        if one.words.map(\.hash) == other.words.map(\.hash) { return !one.words.isEmpty }
        guard let steps = EditAlignment(one: one, other: other, likeness: likeness).steps() else {
            return false
        }
        var judgement = EditJudgement(one: one, other: other)
        return judgement.accepts(steps)
    }
}

/// Judges what an alignment leaves without a partner.
private struct EditJudgement {
    /// Words of a text that has sense without what follows.
    private static let longText = 7

    let one: TextSkeleton
    let other: TextSkeleton

    private var matched = 0
    /// Words at the ends, and further in, that only one text has.
    private var ends = 0
    private var weakInside = 0
    private var strongInside = 0
    /// Of the words without a partner since the last match.
    private var first: [Int] = []
    private var second: [Int] = []
    /// Where the next words stand.
    private var row = 0
    private var column = 0

    init(one: TextSkeleton, other: TextSkeleton) {
        self.one = one
        self.other = other
    }

    mutating func accepts(_ steps: [EditAlignment.Step]) -> Bool {
        for step in steps {
            switch step {
            case .match(let down, let right):
                guard takeGap(isEnd: matched == 0) else { return false }
                matched += min(down, right)
                row += down
                column += right
            case .first:
                first.append(row)
                row += 1
            case .second:
                second.append(column)
                column += 1
            }
        }
        guard matched > 0, takeGap(isEnd: true) else { return false }
        return ends <= (matched < 4 ? 0 : matched) && weakInside <= max(1, matched / 4)
            && strongInside <= matched / 10
    }

    private mutating func takeGap(isEnd: Bool) -> Bool {
        defer {
            first.removeAll(keepingCapacity: true)
            second.removeAll(keepingCapacity: true)
        }
        if first.isEmpty && second.isEmpty { return true }
        let (mine, theirs) = (first.map { one.words[$0] }, second.map { other.words[$0] })
        if mine.contains(where: { $0.kind == .symbol }),
            theirs.contains(where: { $0.kind == .symbol })
        {
            return false
        }
        let (lost, added) = (Self.spoken(mine), Self.spoken(theirs))
        if !lost.isEmpty && !added.isEmpty { return false }
        let words = lost + added
        let negator = words.firstIndex { WordLists.negators.contains($0.hash) }
        if isEnd {
            // What comes after a long text may be a clause of its own.
            if let negator, matched < Self.longText || negator == 0 { return false }
            ends += words.count { !WordLists.weak.contains($0.hash) }
            return true
        }
        if negator != nil { return false }
        let (text, places) = lost.isEmpty ? (other, second) : (one, first)
        for place in places where Self.isSpoken(text.words[place]) {
            if text.words[place].kind == .number { return false }
            if Self.isDoubled(place, text) { continue }
            if WordLists.weak.contains(text.words[place].hash) {
                weakInside += 1
            } else {
                strongInside += 1
            }
        }
        return true
    }

    private static func isSpoken(_ word: TextSkeleton.Word) -> Bool {
        word.kind == .word || word.kind == .number
    }

    private static func spoken(_ words: [TextSkeleton.Word]) -> [TextSkeleton.Word] {
        words.filter(isSpoken)
    }

    private static func isDoubled(_ place: Int, _ text: TextSkeleton) -> Bool {
        let hash = text.words[place].hash
        return (place > 0 && text.words[place - 1].hash == hash)
            || (place + 1 < text.words.count && text.words[place + 1].hash == hash)
    }
}
