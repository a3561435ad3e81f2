/// How many tokens a text has, where the model's own tokenizer is not at hand.
public enum TokenEstimate {
    public static let bytesPerToken = 4

    /// One for every four UTF-8 bytes begun: the usual estimate for English with byte-pair
    /// encodings ("What are tokens and how to count them?", OpenAI's help centre).
    public static func byBytes(_ text: String) -> Int { whole(text.utf8.count) }

    /// The same for each word between white space alone: how the offline model server counts.
    ///
    /// It is no tokenizer's count, but it grows with the text, is the same everywhere and never
    /// zero for a word.
    public static func byWords(_ text: String) -> Int {
        var tokens = 0
        var length = 0
        for byte in text.utf8 {
            if byte == 32 || (byte >= 9 && byte <= 13) {
                tokens += whole(length)
                length = 0
            } else {
                length += 1
            }
        }
        return tokens + whole(length)
    }

    private static func whole(_ bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }
}
