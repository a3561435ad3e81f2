/// A Swift file, and the same file with comments and literals blanked out.
struct SourceFile: Sendable {
    let path: String
    let lines: [Substring]
    /// What is code: same lines, same columns, blanks for comments and for what literals hold.
    let code: [Substring]
    private let textBytes: [UInt8]
    private let codeBytes: [UInt8]

    init(path: String, text: String) {
        self.path = path
        textBytes = Array(text.utf8)
        var masker = Masker(textBytes)
        codeBytes = masker.run()
        lines = Self.split(text)
        code = Self.split(String(decoding: codeBytes, as: UTF8.self))
    }

    private static func split(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { Substring($0) }
    }

    /// The target: the folder below Sources or Tests.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var isSource: Bool { path.hasPrefix("Sources/") }

    /// The code with blanks for everything else.
    ///
    /// Interpolations count as part of their literal;
    /// regular expression literals are not known (there are none).
    static func masked(_ text: String) -> String {
        var masker = Masker(Array(text.utf8))
        return String(decoding: masker.run(), as: UTF8.self)
    }

    /// The lines, from 1, on which a word stands in the code, not as the end of a longer name.
    func lines(with word: String) -> [Int] { Self.lines(with: word, in: codeBytes) }

    /// The same in the whole text.
    func rawLines(with word: String) -> [Int] { Self.lines(with: word, in: textBytes) }

    private static func lines(with word: String, in bytes: [UInt8]) -> [Int] {
        let word = Array(word.utf8)
        let isName = isNamePart(word[0])
        var found: [Int] = []
        var line = 1
        for at in bytes.indices {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            guard bytes[at] == word[0], at + word.count <= bytes.count, found.last != line,
                bytes[at..<(at + word.count)].elementsEqual(word),
                !(isName && at > 0 && isNamePart(bytes[at - 1]))
            else { continue }
            found.append(line)
        }
        return found
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
            || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "_")
    }

    /// Functions, initialisers and deinitialisers: where each begins, and how many lines it has.
    ///
    /// Found by counting braces in the masked code, so a body is what stands between the first
    /// `{` outside of parentheses and its `}`; a requirement of a protocol has none.
    func functions() -> [(line: Int, length: Int)] {
        var found: [(Int, Int)] = []
        let candidates = Set(["func ", "init", "deinit"].flatMap(lines(with:))).sorted()
        for start in candidates.map({ $0 - 1 }) where Self.declaresFunction(code[start]) {
            var parentheses = 0
            var braces = 0
            search: for end in start..<code.count {
                if end > start, braces == 0, parentheses == 0, Self.begins(code[end]) { break }
                for byte in code[end].utf8 {
                    switch byte {
                    case UInt8(ascii: "("): parentheses += 1
                    case UInt8(ascii: ")"): parentheses -= 1
                    case UInt8(ascii: "{") where parentheses == 0: braces += 1
                    case UInt8(ascii: "}") where parentheses == 0:
                        braces -= 1
                        if braces < 0 { break search }
                        if braces == 0 {
                            found.append((start + 1, end - start + 1))
                            break search
                        }
                    default: break
                    }
                }
            }
        }
        return found
    }

    private static func words(_ line: Substring) -> [Substring] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "@" }
    }

    private static let modifiers: Set<Substring> = [
        "public", "private", "fileprivate", "internal", "package", "open", "static", "final",
        "override", "mutating", "nonmutating", "consuming", "borrowing", "nonisolated",
        "convenience", "required", "indirect", "class", "@Test", "@inline", "@Sendable",
        "@discardableResult", "__always", "never",
    ]

    private static func declaresFunction(_ line: Substring) -> Bool {
        let first = words(line).first { !modifiers.contains($0) }
        if first == "func" || first == "deinit" { return true }
        guard first == "init" else { return false }
        let head = line.drop { $0 == " " }
        return !head.hasPrefix("init.") && head.first != "."
    }

    /// Whether a line begins another declaration.
    private static func begins(_ line: Substring) -> Bool {
        let first = words(line).first { !modifiers.contains($0) }
        return ["func", "var", "let", "init", "deinit", "case", "struct", "enum", "extension"]
            .contains(first ?? "")
    }
}

/// Blanks comments and literals, byte by byte.
private struct Masker {
    private let text: [UInt8]
    private var at = 0
    private var result: [UInt8] = []

    init(_ text: [UInt8]) { self.text = text }

    mutating func run() -> [UInt8] {
        result.reserveCapacity(text.count)
        while at < text.count {
            if starts("//") {
                while at < text.count, text[at] != UInt8(ascii: "\n") { blank() }
            } else if starts("/*") {
                comment()
            } else if let hashes = literal() {
                string(hashes)
            } else {
                result.append(text[at])
                at += 1
            }
        }
        return result
    }

    private func starts(_ word: StaticString, from offset: Int = 0, hashes: Int = 0) -> Bool {
        let start = at + offset
        guard start + word.utf8CodeUnitCount + hashes <= text.count else { return false }
        for index in 0..<word.utf8CodeUnitCount
        where text[start + index] != word.utf8Start[index] { return false }
        let end = start + word.utf8CodeUnitCount
        return text[end..<(end + hashes)].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < text.count {
            let isNewline = text[at] == UInt8(ascii: "\n")
            result.append(isNewline ? text[at] : UInt8(ascii: " "))
            at += 1
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && at < text.count
    }

    /// The number of `#` before a quote that begins here; nil when none does.
    private func literal() -> Int? {
        var hashes = 0
        while at + hashes < text.count, text[at + hashes] == UInt8(ascii: "#") { hashes += 1 }
        return starts("\"", from: hashes) ? hashes : nil
    }

    private mutating func string(_ hashes: Int) {
        let isLong = starts("\"\"\"", from: hashes)
        blank(hashes + (isLong ? 3 : 1))
        while at < text.count {
            if isLong ? starts("\"\"\"", hashes: hashes) : starts("\"", hashes: hashes) {
                blank(hashes + (isLong ? 3 : 1))
                return
            }
            // A one-line literal that does not close is not one; the compiler would have said so.
            if !isLong, text[at] == UInt8(ascii: "\n") { return }
            guard starts("\\", hashes: hashes) else {
                blank()
                continue
            }
            if starts("(", from: 1 + hashes) {
                interpolation(hashes)
            } else {
                blank(2 + hashes)
            }
        }
    }

    private mutating func interpolation(_ hashes: Int) {
        blank(1 + hashes)
        var depth = 0
        repeat {
            if let inner = literal() {
                string(inner)
                continue
            }
            if text[at] == UInt8(ascii: "(") { depth += 1 }
            if text[at] == UInt8(ascii: ")") { depth -= 1 }
            blank()
        } while depth > 0 && at < text.count
    }
}
