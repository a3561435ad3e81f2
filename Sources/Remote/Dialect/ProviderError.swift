internal import Records

/// What an error body says, read leniently: no two servers agree on its form.
///
/// `code` may be a string, a number or absent (llama.cpp writes a number, litellm "429"), `error`
/// may itself be a string, FastAPI says `detail`, and proxies send HTML.
struct ProviderError: Sendable, Equatable {
    var code: String?
    var type: String?
    /// The server's own words, which may repeat the request.
    ///
    /// For faults of the whole endpoint only, and redacted.
    var message: String?

    init(_ body: [UInt8]) {
        let isReadable = body.count <= 1 << 20
        self.init(isReadable ? (try? JSONReader.read(body)) ?? .null : .null)
    }

    init(_ value: JSONValue) {
        guard let error = value["error"] ?? value["detail"] else { return }
        message = error.string ?? error["message"]?.string
        type = error["type"]?.string.map { String($0.prefix(64)) }
        code = error["code"].flatMap(Self.word)
    }

    /// Whether nothing is said of any error.
    var isEmpty: Bool { code == nil && type == nil && message == nil }

    private static func word(_ value: JSONValue) -> String? {
        value.string.map { String($0.prefix(64)) } ?? value.integer.map { String($0) }
    }

    private var words: [String] { [code, type].compactMap { $0 } }

    private func says(_ known: String...) -> Bool {
        words.contains { word in known.contains(word) }
    }

    /// Billing, not rate: waiting does not help (OpenAI, Anthropic).
    var isQuota: Bool {
        says("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
            || words.contains { word in
                word.hasPrefix("credit_balance") || word.hasPrefix("organization_")
                    || word.contains("spend_limit") || word.contains("usage_limit")
            }
    }

    /// Waiting helps, but more of it than at a plain rate limit.
    var isOverload: Bool {
        says("overloaded_error", "slow_down", "server_is_overloaded", "ramp_limit_exceeded")
    }

    var isTooLong: Bool { says("context_length_exceeded", "exceed_context_size_error") }

    var isContentPolicy: Bool { says("content_filter", "content_policy_violation") }

    /// Code or type for a record of why, if it is plainly an identifier and nothing else.
    ///
    /// A number is the status once more (llama-server 0.3.36): only where nothing else is said.
    var reason: String? {
        let names = words.filter { word in
            !word.isEmpty
                && word.utf8.allSatisfy { byte in
                    (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57)
                        || byte == 95 || byte == 45 || byte == 46
                }
        }
        // litellm 1.106.2 writes Python's word for nothing.
        return names.first { Int($0) == nil && $0 != "None" } ?? names.first
    }
}
