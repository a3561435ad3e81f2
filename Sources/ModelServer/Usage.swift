internal import Records
internal import Text

/// The server's own token count, stated in every `usage`; a plan counts alike.
enum Usage {
    static func tokens(_ text: String) -> Int { TokenEstimate.byWords(text) }

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
        .members([
            ("prompt_tokens", .integer(prompt)), ("completion_tokens", .integer(completion)),
            ("total_tokens", .integer(prompt + completion)),
        ])
    }
}
