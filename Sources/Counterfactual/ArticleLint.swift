/// Checks `a` and `an` in finished sentences, by sound as far as spelling tells it.
///
/// A check of what the lexicon stores, never a source of articles.
public enum ArticleLint {
    /// Words that start with a vowel letter and a consonant's sound, and the reverse.
    private static let consonantSound = [
        "one", "uni", "use", "usu", "ukr", "uk", "uru", "uga", "eur", "us", "uk", "ute",
    ]
    private static let vowelSound = [
        "hour", "heir", "honest", "honor", "honour", "hiv", "lgb", "8", "11", "18",
    ]
    /// Starts like one of the above, sounds like its letter.
    private static let exceptions = ["usher", "unin", "unim", "unid"]

    /// The faulty pairs of article and word.
    public static func errors(in text: String) -> [String] {
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "'") }
        return zip(words, words.dropFirst()).compactMap { article, word in
            let name = article.lowercased()
            guard name == "a" || name == "an" else { return nil }
            return (name == "an") == needsAn(word.lowercased()) ? nil : "\(article) \(word)"
        }
    }

    static func needsAn(_ word: String) -> Bool {
        if exceptions.contains(where: word.hasPrefix) { return true }
        if vowelSound.contains(where: word.hasPrefix) { return true }
        if consonantSound.contains(where: word.hasPrefix) { return false }
        return word.first.map { "aeiou".contains($0) } ?? false
    }
}
