internal import Glibc

/// Takes out of a message what looks like a key: the last gate before a terminal or a log file.
///
/// Sources/Remote keeps keys out of its faults already; this one also knows the environment.
enum Redaction {
    private static let mark = "[redacted]"
    private static let names = ["KEY", "TOKEN", "SECRET", "PASSWORD"]
    /// Shorter values of the environment are too common to be taken for keys.
    private static let shortest = 8

    static func redact(_ text: String, secrets: [String] = environmentSecrets) -> String {
        var text = text
        for secret in secrets { text = text.replacing(secret, with: mark) }
        for start in ["sk-", "Bearer ", "bearer "] { text = hideTails(of: start, in: text) }
        return hideUser(in: text)
    }

    /// The values of variables whose names say that they are secret, longest first.
    private static var environmentSecrets: [String] {
        Machine.environment().filter { name, value in
            value.utf8.count >= shortest && names.contains { name.uppercased().hasSuffix($0) }
        }.map(\.value).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// Hides the word behind each `start`, if it is as long as a key.
    private static func hideTails(of start: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: start) {
            let isWordStart = rest[..<found.lowerBound].last.map { !$0.isLetter } ?? true
            let tail = rest[found.upperBound...].prefix {
                $0.isLetter || $0.isNumber || "-_.+/=".contains($0)
            }
            result += rest[..<found.upperBound]
            result += isWordStart && tail.utf8.count >= shortest ? mark : String(tail)
            rest = rest[tail.endIndex...]
        }
        return result + rest
    }

    /// `https://user:password@host` without what stands before the `@`.
    private static func hideUser(in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: "://") {
            let authority = rest[found.upperBound...].prefix { !"/ \n\"'`?#".contains($0) }
            result += rest[..<found.upperBound]
            if let at = authority.lastIndex(of: "@") {
                result += mark + authority[at...]
            } else {
                result += authority
            }
            rest = rest[authority.endIndex...]
        }
        return result + rest
    }
}
