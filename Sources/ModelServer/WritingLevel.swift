internal import Records

/// Rewrites a text in the writing level a request names; placeholders in brackets stay untouched.
enum WritingLevel {
    private static let shortForms: [String: String] = [
        "you": "u", "are": "r", "your": "ur", "you're": "ur", "please": "pls", "because": "cuz",
        "people": "ppl", "thanks": "thx", "tomorrow": "tmrw", "tonight": "2nite", "before": "b4",
        "great": "gr8", "really": "rly", "message": "msg", "about": "abt", "right": "rite",
        "with": "w/", "something": "smth", "though": "tho", "what": "wat", "for": "4", "to": "2",
    ]
    private static let longForms: [String: String] = [
        "don't": "do not", "can't": "cannot", "won't": "will not", "i'm": "I am", "it's": "it is",
        "i've": "I have", "you're": "you are", "didn't": "did not", "isn't": "is not",
        "i'll": "I will", "that's": "that is", "gonna": "going to", "wanna": "want to",
        "doesn't": "does not", "haven't": "have not", "couldn't": "could not", "i'd": "I would",
    ]

    static func apply(_ level: String, to text: String, _ draws: inout CounterRNG) -> String {
        if level.contains("texting") || level.contains("abbreviation") {
            return words(text) { shortForms[$0.lowercased()] ?? $0.lowercased() }
        }
        if level.contains("lower case") || level.contains("no capitals") {
            return words(text) { $0.lowercased() }
        }
        if level.contains("careless") || level.contains("punctuation") {
            let drop = draws.chance(0.5)
            return words(text.filter { !(",.".contains($0) && (drop || $0 == ",")) }) { $0 }
        }
        if level.contains("formal") {
            return words(text) { word in
                guard let long = longForms[word.lowercased()] else { return word }
                guard word.first?.isUppercase == true else { return long }
                return long.prefix(1).uppercased() + long.dropFirst()
            }
        }
        return text
    }

    /// Each run of letters and apostrophes outside brackets replaced.
    private static func words(_ text: String, _ replace: (String) -> String) -> String {
        var result = ""
        var word = ""
        var depth = 0
        func flush() {
            if !word.isEmpty { result += depth > 0 ? word : replace(word) }
            word = ""
        }
        for character in text {
            if character.isLetter || character == "'" {
                word.append(character)
                continue
            }
            flush()
            if character == "[" { depth += 1 }
            if character == "]" { depth = max(0, depth - 1) }
            result.append(character)
        }
        flush()
        return result
    }
}
