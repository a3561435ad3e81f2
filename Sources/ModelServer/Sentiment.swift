/// The one attribute the offline labeller knows: positive, neutral or negative by counting words.
///
/// A word within three behind a negator counts for the other side (the window of Pang, Lee and
/// Vaithyanathan 2002, section 6.1, shortened to three words). Ties are neutral.
enum Sentiment {
    private static let positive: Set<String> = [
        "good", "great", "love", "loved", "lovely", "nice", "happy", "glad", "thanks", "thank",
        "excellent", "amazing", "awesome", "best", "beautiful", "perfect", "enjoy", "enjoyed",
        "fun", "kind", "friendly", "helpful", "wonderful", "fantastic", "recommend", "pleased",
        "delicious", "excited", "proud", "cheers", "congrats", "congratulations", "brilliant",
        "cozy", "clean", "comfortable", "favourite", "favorite", "smooth", "reliable", "welcome",
    ]
    private static let negative: Set<String> = [
        "bad", "terrible", "hate", "hated", "awful", "worst", "sad", "angry", "stupid", "idiot",
        "horrible", "disgusting", "disappointed", "disappointing", "broken", "rude", "ugly",
        "annoying", "useless", "pathetic", "loser", "trash", "garbage", "dirty", "scam", "fraud",
        "hurt", "regret", "sorry", "fail", "failed", "threat", "kill", "worthless", "cry",
        "afraid", "scared", "tired", "alone", "poor", "wrong", "problem", "shame", "ashamed",
    ]
    private static let negators: Set<String> = [
        "not", "no", "never", "don't", "didn't", "isn't", "wasn't", "can't", "won't", "doesn't",
        "without", "hardly",
    ]

    static func of(_ text: String) -> String {
        let words = words(of: text)
        var sum = 0
        for (at, word) in words.enumerated() {
            let value = positive.contains(word) ? 1 : negative.contains(word) ? -1 : 0
            if value == 0 { continue }
            let isNegated = words[max(0, at - 3)..<at].contains(where: negators.contains)
            sum += isNegated ? -value : value
        }
        return sum > 0 ? "positive" : sum < 0 ? "negative" : "neutral"
    }

    /// Lower-case runs of letters, digits and apostrophes.
    private static func words(of text: String) -> [String] {
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
