import Testing

/// The rules for Swift files.
///
/// Each message names the place and what to write instead.
struct SourceRuleTests {
    private struct Rule {
        var pattern: String
        var instead: String
        var applies: @Sendable (SourceFile) -> Bool = { _ in true }
    }

    private static let bare: Set<String> = [
        "Records", "Text", "Vectors", "Perturbation", "Remote", "Store",
    ]
    /// GRDB's blobs are `Data`.
    private static let foundationAllowed: Set<String> = ["Sources/Store/Blob.swift"]
    /// One file for each C handle that the library says may be used from several threads.
    private static let uncheckedAllowed: Set<String> = [
        "Sources/Remote/Transfer/CurlMulti.swift", "Sources/Encoder/Model/PackedMatrix.swift",
    ]

    private static let rules: [Rule] = [
        Rule(pattern: "try!", instead: "throw the fault on, or handle it"),
        Rule(pattern: " as! ", instead: "`as?` in a guard"),
        Rule(pattern: ".shuffled()", instead: "`Draws.shuffled`"),
        Rule(pattern: ".random(in:", instead: "`Draws.below` or `Draws.unit`"),
        Rule(pattern: "Bool.random(", instead: "`Draws.chance`"),
        Rule(pattern: "SystemRandomNumberGenerator", instead: "`Draws`"),
        Rule(pattern: "Hasher(", instead: "`StableHash` or `SHA256`"),
        Rule(pattern: ".hashValue", instead: "`StableHash`"),
        Rule(pattern: "String(format:", instead: "interpolation"),
        Rule(pattern: "precondition(", instead: "`insist`, which speaks in release builds too"),
        Rule(pattern: "assert(", instead: "`insist`"),
        Rule(pattern: "print(", instead: "a note, a count or a Fault; only Commands speak") {
            $0.isSource && $0.target != "Commands"
        },
        Rule(pattern: "import Foundation", instead: "Glibc and our own Records") {
            $0.isSource && bare.contains($0.target) && !foundationAllowed.contains($0.path)
        },
        Rule(pattern: "@unchecked Sendable", instead: "`Mutex`, or a wrapper named in this test") {
            !uncheckedAllowed.contains($0.path)
        },
    ]

    private static func broken(in file: SourceFile) -> [String] {
        rules.filter { $0.applies(file) }.flatMap { rule in
            file.lines(with: rule.pattern).map { number in
                "\(file.path):\(number): no `\(rule.pattern)` here; instead: \(rule.instead)"
            }
        }
    }

    @Test func `what is forbidden in code is not there`() {
        let found = Repository.swiftFiles.flatMap(Self.broken)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `every rule finds what it forbids, and nothing in comments and literals`() {
        for rule in Self.rules {
            let text = "let a = 1\n_ = x \(rule.pattern) y\n"
            let file = SourceFile(path: "Sources/Records/a.swift", text: text)
            #expect(Self.broken(in: file).contains { $0.contains(":2: no `\(rule.pattern)`") })
            let quiet = "// \(rule.pattern)\nlet b = \"\(rule.pattern)\"\n"
            let other = SourceFile(path: "Sources/Records/a.swift", text: quiet)
            #expect(Self.broken(in: other).isEmpty)
        }
    }

    @Test func `nothing is left for later`() {
        // Joined here, so that this file does not hold them.
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "fatalError(\"unimpl"]
        var found: [String] = []
        for file in Repository.swiftFiles {
            for mark in marks {
                for number in file.rawLines(with: mark) {
                    // Names of temporary folders end in a row of capitals.
                    if file.lines[number - 1].contains(mark + "XX") { continue }
                    found.append(
                        "\(file.path):\(number): no `\(mark)` here; instead: finish it, or "
                            + "write an issue")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `files, lines and functions are short`() {
        var found: [String] = []
        for file in Repository.swiftFiles {
            let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
            if file.isSource, count > 400 {
                found.append("\(file.path): \(count) lines; instead: one idea a file, at most 400")
            }
            for (number, line) in file.lines.enumerated()
            where line.utf8.count > 100 && line.count > 100 {
                found.append(
                    "\(file.path):\(number + 1): \(line.count) columns; instead: at most 100")
            }
            for function in file.functions() where function.length > 70 {
                found.append(
                    "\(file.path):\(function.line): a function of \(function.length) lines; "
                        + "instead: parts with names, at most 70 each")
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a wrapper that vouches for its threads says why`() {
        for file in Repository.swiftFiles
        where file.code.contains(where: { $0.contains("@unchecked Sendable") }) {
            #expect(
                file.lines.contains { $0.contains("// Safety:") },
                "\(file.path): instead: a line `// Safety:` with the reason")
        }
    }

    @Test func `tests write only to folders that the system hands out`() {
        let folder = "\"/t" + "mp"
        for file in Repository.swiftFiles where !file.isSource {
            #expect(
                file.rawLines(with: folder).isEmpty,
                "\(file.path): instead: NSTemporaryDirectory() or TMPDIR")
        }
    }

    @Test func `public types are described`() {
        let kinds = ["struct", "enum", "class", "actor", "protocol"]
        var found: [String] = []
        for file in Repository.swiftFiles where file.isSource {
            for (number, line) in file.code.enumerated() {
                guard line.hasPrefix("public ") else { continue }
                let words = line.split(separator: " ")
                guard words.first == "public",
                    let kind = words.dropFirst().first(where: { $0 != "final" && $0 != "indirect" }
                    ),
                    kinds.contains(String(kind)), words.count > 2
                else { continue }
                var above = number - 1
                while above >= 0, file.lines[above].drop(while: { $0 == " " }).hasPrefix("@") {
                    above -= 1
                }
                if above < 0 || !file.lines[above].contains("///") {
                    found.append("\(file.path):\(number + 1): instead: a `///` line above it")
                }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }
}
