/// What an error of an endpoint says, in words that are fit for a log: no body, no key, and
/// nothing that the request said.
struct ReplyWords: Sendable {
    /// The most bytes of a server's own words.
    private static let longestMessage = 120
    /// So many bytes in a row from the request make words an echo of it.
    private static let echo = 8

    let redactor: Redactor
    /// Named by every request, and no echo of its text.
    let model: String

    /// `HTTP 503, overloaded_error, Try again later`, or `HTTP 502 with text/html` where the body
    /// does not say anything in the protocol.
    ///
    /// - Parameter body: The request's, whose words a server may repeat.
    func words(_ reply: HTTPReply, asked body: [UInt8]) -> String {
        let error = ProviderError(reply.body)
        let status = "HTTP \(reply.status)"
        if reply.body.isEmpty { return "\(status) without a body" }
        if error.isEmpty { return status + (contentType(reply).map { " with \($0)" } ?? "") }
        let code = redactor.code(error.reason).flatMap { $0 == "\(reply.status)" ? nil : $0 }
        return [status, code, message(error, asked: body)].compactMap { $0 }.joined(separator: ", ")
    }

    /// The server's own words, redacted and short; nil where they repeat the request.
    func message(_ error: ProviderError, asked body: [UInt8]) -> String? {
        guard let text = error.message, !text.isEmpty else { return nil }
        let redacted = redactor.redact(text)
        let rest = model.isEmpty ? redacted : redacted.replacing(model, with: "\n")
        if Self.repeats(Array(rest.utf8), of: body) { return nil }
        let short = redacted.utf8.count <= Self.longestMessage
        return short
            ? redacted
            : String(decoding: Array(redacted.utf8.prefix(Self.longestMessage)), as: UTF8.self)
                + "…"
    }

    /// `text/html`, if the field holds nothing but a type.
    private func contentType(_ reply: HTTPReply) -> String? {
        let field = reply.header("content-type")?.split(separator: ";").first
        guard let type = field?.trimmingPrefix(" ").lowercased(), type.utf8.count <= 64 else {
            return nil
        }
        let isType = type.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || "/+-.".utf8.contains(byte)
        }
        return isType && type.contains("/") ? redactor.code(type) : nil
    }

    /// Whether `text` and `body` share ``echo`` bytes in a row.
    private static func repeats(_ text: [UInt8], of body: [UInt8]) -> Bool {
        guard text.count >= echo, body.count >= echo else { return false }
        var known: Set<UInt64> = []
        forEachWindow(of: text) { known.insert($0) }
        var isEcho = false
        forEachWindow(of: body) { isEcho = isEcho || known.contains($0) }
        return isEcho
    }

    /// The bytes of each run of ``echo``, as one number.
    private static func forEachWindow(of bytes: [UInt8], _ visit: (UInt64) -> Void) {
        var window: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            window = window << 8 | UInt64(byte)
            if index + 1 >= echo { visit(window) }
        }
    }
}
