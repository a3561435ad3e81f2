/// The server's own token count, stated in every `usage`.
///
/// The rule: a word between white space counts one token for every four UTF-8 bytes begun. It is
/// no tokenizer's count, but it grows with the text, is the same everywhere and never zero for a
/// word. (Four bytes a token is the usual estimate for English with byte-pair encodings.)
enum Usage {
    static let bytesPerToken = 4

    static func tokens(_ text: String) -> Int {
        var tokens = 0
        var length = 0
        for byte in text.utf8 {
            if byte == 32 || (byte >= 9 && byte <= 13) {
                tokens += (length + bytesPerToken - 1) / bytesPerToken
                length = 0
            } else {
                length += 1
            }
        }
        return tokens + (length + bytesPerToken - 1) / bytesPerToken
    }

    /// The text up to the last word that fits into `limit` tokens, and whether something was cut.
    static func prefix(_ text: String, tokens limit: Int) -> (text: String, wasCut: Bool) {
        if tokens(text) <= limit { return (text, false) }
        var left = limit
        var kept = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let cost = tokens(String(word))
            if cost > left { break }
            left -= cost
            if !kept.isEmpty { kept += " " }
            kept += word
        }
        return (kept, true)
    }

    static func object(prompt: Int, completion: Int) -> JSONValue {
        .object([
            ("prompt_tokens", .integer(prompt)), ("completion_tokens", .integer(completion)),
            ("total_tokens", .integer(prompt + completion)),
        ])
    }
}
