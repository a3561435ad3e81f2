/// Takes secrets out of text that came from an endpoint before a person or a file sees it.
struct Redactor: Sendable {
    /// The most bytes of a server's own words that are kept.
    static let longest = 300
    /// What lies beyond is not even looked at: error bodies can be megabytes.
    private static let longestRead = 16 << 10
    private static let mark = Array("[redacted]".utf8)

    private let secrets: [[UInt8]]

    init(secrets: [String]) {
        self.secrets = secrets.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    /// The text without the known keys, nor what looks like one (`sk-…`, `Bearer …`), as one line.
    func redact(_ text: String) -> String {
        var bytes = Array(text.utf8.prefix(Self.longestRead))
        for secret in secrets { bytes = Self.replace(secret, in: bytes) }
        bytes = Self.hideTails(of: Array("sk-".utf8), in: bytes)
        bytes = Self.hideTails(of: Array("bearer ".utf8), in: bytes)
        // Cut last: half a key would no longer be recognised.
        let line = bytes.prefix(Self.longest).map { $0 < 32 || $0 == 127 ? 32 : $0 }
        return String(decoding: line, as: UTF8.self)
    }

    /// A code that is safe to keep, or nil.
    func code(_ word: String?) -> String? {
        word.flatMap { redact($0) == $0 ? $0 : nil }
    }

    /// A body as it may be stored: whole, but for the known keys themselves.
    func withoutKeys(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for secret in secrets where Self.contains(secret, in: bytes) {
            bytes = Self.replace(secret, in: bytes)
        }
        return bytes
    }

    private static func contains(_ secret: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = secret.first else { return false }
        var rest = bytes[...]
        while let at = rest.firstIndex(of: first) {
            if bytes[at...].starts(with: secret) { return true }
            rest = bytes[(at + 1)...]
        }
        return false
    }

    private static func replace(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let rest = bytes[at...].prefix(secret.count)
            // At the end the beginning of a key is enough: the rest of it was cut off.
            if secret.starts(with: rest), rest.count == secret.count || rest.count >= 4 {
                result += mark
                at += rest.count
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return result
    }

    /// Hides the word after each `start` (any case): some servers echo a key with stars in it.
    private static func hideTails(of start: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let piece = bytes[at...].prefix(start.count).map {
                $0 >= 65 && $0 <= 90 ? $0 | 32 : $0
            }
            guard piece == start else {
                result.append(bytes[at])
                at += 1
                continue
            }
            result += mark
            at += start.count
            while at < bytes.count, isWord(bytes[at]) { at += 1 }
        }
        return result
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte > 32 && byte < 127 && !Array("\"'<>(){}[],;".utf8).contains(byte)
    }
}
