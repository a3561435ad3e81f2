internal import Pipeline
internal import Records
internal import Text
internal import Vectors

/// What keeps a text that a model wrote from becoming a row.
struct GeneratedTextCheck: Sendable {
    /// Shared 5-character runs of all, from which a text is a copy of one that was shown.
    private static let copyJaccard = 0.6
    /// Shorter texts are contained in others by chance.
    private static let shortestContained = 24

    private let settings: GenerationSettings
    private let request: GenerationRequest
    private let normaliser = TextNormaliser(.loose)
    /// What the prompt showed, normalised.
    private let shown: [String]

    init(_ settings: GenerationSettings, _ request: GenerationRequest, _ taxonomy: Taxonomy) {
        self.settings = settings
        self.request = request
        let definitions = request.categories.compactMap { taxonomy[$0] }
            .flatMap { [$0.definition] + $0.not }
        let normaliser = normaliser
        shown = (request.examples + definitions)
            .map { normaliser.normalise(Self.withoutPlatform($0)) }.filter { !$0.isEmpty }
    }

    /// Why the text is refused; nil when it is not.
    func refusal(of text: String) throws(Fault) -> Refusal? {
        let length = text.unicodeScalars.count
        if length < settings.leastCharacters || length > settings.mostCharacters {
            return Refusal("length", score: Double(length))
        }
        let lower = text.lowercased()
        if let word = request.ingredients["must_contain"], !lower.contains(word.lowercased()) {
            return Refusal("must_contain", detail: word)
        }
        if let phrase = request.ingredients["must_not_contain"],
            lower.contains(phrase.lowercased())
        {
            return Refusal("must_not_contain", detail: phrase)
        }
        if let how = Repetition.found(in: text) { return Refusal("repetitive", detail: how) }
        if let score = try copied(text) { return Refusal("copied", score: score) }
        return nil
    }

    /// How near the text is to one that the prompt showed, where it is too near.
    private func copied(_ text: String) throws(Fault) -> Double? {
        if shown.isEmpty { return nil }
        let key = normaliser.normalise(Self.withoutPlatform(text))
        if key.isEmpty { return nil }
        var sets = try ShingleSets()
        sets.append(key)
        for (place, other) in shown.enumerated() {
            if other == key { return 1 }
            if other.utf8.count >= Self.shortestContained, key.contains(other) { return 1 }
            sets.append(other)
            let near = sets.jaccard(0, place + 1)
            if near >= Self.copyJaccard { return near }
        }
        return nil
    }

    /// Without the prefix `[ADULT][MESSAGE]`, which says nothing about who wrote the rest.
    private static func withoutPlatform(_ text: String) -> String {
        var rest = Substring(text)
        while rest.first == "[", let end = rest.firstIndex(of: "]") {
            rest = rest[rest.index(after: end)...]
        }
        return rest.isEmpty ? text : String(rest)
    }
}

/// Texts in which a model got caught: a loop, one word over and over, a row of digits.
enum Repetition {
    private static let mostDigits = 8
    private static let mostEqualCharacters = 24
    private static let mostEqualWords = 5
    /// Fewer words say nothing of how many differ.
    private static let fewestWords = 8
    private static let fewestTrigrams = 24
    /// Characters of a loop at the end, and how often it has gone round in them.
    private static let shortestLoop = 40
    private static let rounds = 4

    /// How the text repeats itself; nil when it does not.
    static func found(in text: String) -> String? {
        let folded = TextNormaliser(.folded).normalise(text)
        let scalars = Array(folded.unicodeScalars)
        if longestRun(scalars, where: { $0.properties.numericType == .decimal }) > mostDigits {
            return "digits"
        }
        if longestEqualRun(scalars) > mostEqualCharacters { return "character" }
        let words = TextNormaliser(.loose).normalise(text).split(separator: " ")
        if longestEqualRun(words) > mostEqualWords { return "word" }
        if endsInLoop(scalars) { return "loop" }
        let trigrams = words.indices.dropLast(2).map { words[$0...($0 + 2)] }
        if trigrams.count >= fewestTrigrams, Set(trigrams).count * 2 < trigrams.count {
            return "phrase"
        }
        if words.count >= fewestWords, Set(words).count * 4 <= words.count { return "word" }
        return nil
    }

    private static func longestRun<Item>(_ items: [Item], where holds: (Item) -> Bool) -> Int {
        var (longest, run) = (0, 0)
        for item in items {
            run = holds(item) ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    private static func longestEqualRun<Item: Equatable>(_ items: [Item]) -> Int {
        var (longest, run) = (0, 0)
        for index in items.indices {
            run = index > 0 && items[index] == items[index - 1] ? run + 1 : 1
            longest = max(longest, run)
        }
        return longest
    }

    /// Whether at least half of the text is one piece over and over, up to the end: the prefix
    /// function of the text backwards (Knuth, Morris and Pratt 1977) tells every period at once.
    private static func endsInLoop(_ scalars: [Unicode.Scalar]) -> Bool {
        let text = Array(scalars.reversed())
        var border = [Int](repeating: 0, count: text.count)
        for index in text.indices.dropFirst() {
            var length = border[index - 1]
            while length > 0, text[index] != text[length] { length = border[length - 1] }
            border[index] = text[index] == text[length] ? length + 1 : 0
            let count = index + 1
            let period = count - border[index]
            if count >= shortestLoop, count * 2 >= text.count, period * rounds <= count {
                return true
            }
        }
        return false
    }
}
