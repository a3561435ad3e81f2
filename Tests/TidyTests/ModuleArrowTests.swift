import Foundation
import Testing

/// The arrows between modules, as Package.swift declares them and as the sources use them.
struct ModuleArrowTests {
    /// The folders of Sources: our own modules, C shims included.
    private static let own = Set(Repository.folders(in: "Sources"))

    /// What each `module("Name", [...])` of Package.swift is given of our own.
    private static func declared(in package: String) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for part in package.components(separatedBy: " module(").dropFirst() {
            var depth = 1
            let body = part.prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            // Every second piece stands between quotes.
            let names = body.split(separator: "\"", omittingEmptySubsequences: false)
                .enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            if let name = names.first { found[name] = Set(names.dropFirst()) }
        }
        return found
    }

    /// What a file imports.
    private static func imports(_ file: SourceFile) -> [String] {
        file.code.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count, at <= 1 else {
                return nil
            }
            return String(words[at + 1])
        }
    }

    @Test func `a module imports what Package.swift gives it, and is given nothing else`() throws {
        let declared = Self.declared(in: try #require(Repository.text("Package.swift")))
        #expect(declared.count > 10)
        for (module, given) in declared.sorted(by: { $0.key < $1.key }) {
            let used = Repository.swiftFiles.filter { $0.isSource && $0.target == module }
                .reduce(into: Set<String>()) { $0.formUnion(Self.imports($1)) }
                .intersection(Self.own)
            #expect(
                used == given,
                """
                Package.swift, module \(module): without need \(given.subtracting(used).sorted()), \
                missing \(used.subtracting(given).sorted())
                """)
        }
    }

    @Test func `stores are known by their protocols, and opened by commands alone`() throws {
        let declared = Self.declared(in: try #require(Repository.text("Package.swift")))
        let users = declared.filter { $0.value.contains("Store") }.keys.sorted()
        #expect(users == ["Commands"], "instead: StoreProtocols, and the store handed in")
        #expect(declared["StoreProtocols"] == ["Records"])
    }

    @Test func `arrows are read as they are written`() {
        let package = """
            func module(_ name: String) -> Target { .target(name: name) }
                    module("A"), module("B", ["A", yams]),
                    module(
                        "C",
                        [
                            "A", "B",
                        ]),
            """
        #expect(Self.declared(in: package) == ["A": [], "B": ["A"], "C": ["A", "B"]])
        let file = SourceFile(
            path: "Sources/A/a.swift",
            text: "public import B\nimport C\n// import D\nlet a = \"import E\"\n")
        #expect(Self.imports(file) == ["B", "C"])
    }
}
