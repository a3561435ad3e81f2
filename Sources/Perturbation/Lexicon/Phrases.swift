/// Phrases of the user that stay as they are, compared word by word without case.
public struct Phrases: Sendable {
    /// Keys of each phrase's words, sorted by the first.
    private let phrases: [[UInt64]]

    /// No phrase.
    public init() { phrases = [] }

    public init(_ phrases: [String]) {
        let none = Perturber.Settings(bare: ())
        self.phrases = phrases.map { TokenizedText(Array($0.utf8), none).words.map(\.key) }
            .filter { !$0.isEmpty }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    public var isEmpty: Bool { phrases.isEmpty }

    /// The byte ranges where a phrase's words stand next to each other.
    func matches(_ words: [TokenizedText.Word]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        for start in words.indices {
            var low = firstIndex(from: words[start].key)
            while low < phrases.count, phrases[low][0] == words[start].key {
                let phrase = phrases[low]
                let end = start + phrase.count
                if end <= words.count,
                    zip(words[start..<end], phrase).allSatisfy({ $0.key == $1 })
                {
                    spans.append(words[start].start..<words[end - 1].end)
                }
                low += 1
            }
        }
        return spans
    }

    private func firstIndex(from key: UInt64) -> Int {
        var low = 0
        var high = phrases.count
        while low < high {
            let middle = (low + high) / 2
            if phrases[middle][0] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
