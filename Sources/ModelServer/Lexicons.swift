internal import Prompts
public import Records

/// Weighted phrases by category, read from `<folder>/<category>.tsv` (`weight<TAB>phrase`).
///
/// A text's score for a category is 1 − ∏(1 − weight) over the different phrases found in it: each
/// phrase is one independent reason, so more reasons raise the score and never beyond 1 (noisy-or,
/// Pearl 1988, section 4.3.2). Words are compared in lower case, without punctuation.
public struct Lexicons: Sendable {
    private struct Phrase: Sendable {
        var words: [String]
        var category: Int
        var weight: Double
    }

    /// The categories with a lexicon, sorted.
    public let categories: [String]
    /// Phrases by their first word, in file order.
    private let phrases: [String: [Phrase]]

    /// Reads every `.tsv` of a folder.
    ///
    /// Faults (configuration), all together: a line without a tab,
    /// a weight outside 0…1, a phrase without a word. Empty lines and lines with `#` are passed.
    public init(folder: String) throws(Fault) {
        let names = try TextFile.names(in: folder, suffix: ".tsv")
        categories = names.map { String($0.dropLast(".tsv".count)) }
        var phrases: [String: [Phrase]] = [:]
        var faults: [Fault] = []
        for (category, name) in names.enumerated() {
            let path = "\(folder)/\(name)"
            let text = try TextFile.read(path)
            for (index, line) in Self.lines(of: text).enumerated() {
                if line.isEmpty || line.hasPrefix("#") { continue }
                guard let entry = Self.entry(line) else {
                    faults.append(
                        Fault(
                            .configuration, "The line is not a weight from 0 to 1, a tab, a phrase",
                            at: .file(path, line: index + 1, column: 1)))
                    continue
                }
                phrases[entry.words[0], default: []].append(
                    Phrase(words: entry.words, category: category, weight: entry.weight))
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        self.phrases = phrases
    }

    /// No lexicon at all: every score is missing.
    public init() {
        categories = []
        phrases = [:]
    }

    /// The score of every category that has a lexicon, 0…1.
    public func scores(of text: String) -> [String: Double] {
        let words = Self.words(of: text)
        var rest = [Double](repeating: 1, count: categories.count)
        var seen: Set<[String]> = []
        for (at, word) in words.enumerated() {
            for phrase in phrases[word] ?? [] where words[at...].starts(with: phrase.words) {
                // Once a category: a word repeated a hundred times is one reason.
                let key = phrase.words + ["\u{0}\(phrase.category)"]
                if seen.insert(key).inserted { rest[phrase.category] *= 1 - phrase.weight }
            }
        }
        var scores: [String: Double] = [:]
        for (index, category) in categories.enumerated() { scores[category] = 1 - rest[index] }
        return scores
    }

    private static func lines(of text: String) -> [Substring] {
        text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { line in
            Substring(line.last == 13 ? line.dropLast() : line)
        }
    }

    private static func entry(_ line: Substring) -> (weight: Double, words: [String])? {
        guard let tab = line.firstIndex(of: "\t"), let weight = Double(line[..<tab]),
            (0...1).contains(weight)
        else { return nil }
        let words = words(of: String(line[line.index(after: tab)...]))
        return words.isEmpty ? nil : (weight, words)
    }

    /// Lower-case runs of letters, digits and apostrophes.
    static func words(of text: String) -> [String] {
        text.lowercased().unicodeScalars
            .split { scalar in
                let isWord =
                    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar == "'" || scalar == "’"
                    || scalar.properties.generalCategory == .nonspacingMark
                return !isWord
            }
            .map { run in String(String.UnicodeScalarView(run.map { $0 == "’" ? "'" : $0 })) }
    }
}
