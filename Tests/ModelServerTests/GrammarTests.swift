import Records
import Testing

@testable import ModelServer

/// The categories of the 18 that may be written: all but csam.
let writable = [
    "threats", "hate_speech", "scam_patterns", "contact_info", "solicitation", "spam", "profanity",
    "adult_content", "doxxing", "predatory_behavior", "law_enforcement", "sextortion", "ncii",
    "trafficking", "self_harm", "impersonation", "harassment",
]

struct GrammarTests {
    /// The number of ways to derive a text from each symbol, in at most eight levels and counted up
    /// to 10^9.
    ///
    /// Two ways may give one text, so a sample is counted as well.
    private func ways(_ grammar: Grammar) -> [Int] {
        var ways = [Int](repeating: 0, count: grammar.symbols.count)
        for _ in 0..<8 {
            ways = grammar.symbols.map { symbol in
                var sum = 0
                for alternative in symbol.alternatives {
                    var product = 1
                    for case .symbol(let next, _, let isOptional) in alternative.pieces {
                        product = min(product * (ways[next] + (isOptional ? 1 : 0)), 1_000_000_000)
                    }
                    sum += product
                }
                return min(sum, 1_000_000_000)
            }
        }
        return ways
    }

    @Test func `every root of every shipped grammar gives thousands of different texts`() throws {
        let library = try shippedGrammars()
        var roots = writable.flatMap { [($0, "positive"), ($0, "hard_negative")] }
        roots += ["innocuous", "chat", "bio", "listing", "review"].map { ("innocuous", $0) }
        for (category, root) in roots {
            let grammar = try #require(library.grammar(of: category))
            let index = try #require(grammar.symbols.firstIndex { $0.name == root })
            #expect(ways(grammar)[index] >= 20_000, "\(category) \(root)")
            var draws = CounterRNG(seed: 1, purpose: "variety", id: "\(category) \(root)")
            var texts: Set<String> = []
            for _ in 0..<100 {
                let text = try #require(grammar.text(root, draws: &draws))
                #expect(!text.isEmpty && text.utf8.count < Grammar.byteLimit)
                #expect(!text.contains("<") && !text.contains("  "))
                texts.insert(text)
            }
            // 100 draws out of 2,000 equally likely texts give 97.5 different ones on average.
            #expect(texts.count >= 95, "\(category) \(root) \(texts.count)")
        }
    }

    @Test func `the same draws give the same text, and ingredients replace symbols unread`() throws
    {
        let grammar = try #require(try shippedGrammars().grammar(of: "spam"))
        for seed in 0..<50 as Range<UInt64> {
            var one = CounterRNG(seed: seed, purpose: "x")
            var two = CounterRNG(seed: seed, purpose: "x")
            #expect(grammar.text("positive", draws: &one) == grammar.text("positive", draws: &two))
        }
        let folder = [
            "a.yaml": "roots: [positive]\nsymbols:\n  positive: [\"on <topic>\"]\n  topic: [x]\n"
        ]
        let library = try withFolder(folder) { try GrammarLibrary(folder: $0) }
        var draws = CounterRNG(seed: 1, purpose: "x")
        let text = library.grammar(of: "a")?
            .text("positive", draws: &draws, given: ["topic": "<positive>"])
        #expect(text == "on <positive>")
    }

    @Test(arguments: ["", "~", "null", "[x]"])
    func `an alternative that is no text is refused with its place`(alternative: String) throws {
        let yaml = "roots: [positive]\nsymbols:\n  positive:\n    - x\n    - 2: \(alternative)\n"
        try withFolder(["a.yaml": yaml]) { folder in
            let fault = #expect(throws: Fault.self) { try GrammarLibrary(folder: folder) }
            #expect(fault?.what == "A text is expected here")
            guard case .file("\(folder)/a.yaml", 5?, .some)? = fault?.place else {
                Issue.record("not where it stands: \(String(describing: fault?.place))")
                return
            }
        }
        let quoted = yaml.replacing(": \(alternative)\n", with: ": '\(alternative)'\n")
        _ = try withFolder(["a.yaml": quoted]) { try GrammarLibrary(folder: $0) }
    }

    @Test func `recursion ends`() throws {
        let yaml =
            "roots: [positive]\nsymbols:\n  positive:\n"
            + "    - 99: \"<positive> <positive>\"\n    - \"x\"\n"
        let library = try withFolder(["a.yaml": yaml]) { try GrammarLibrary(folder: $0) }
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "deep")
            let text = try #require(library.grammar(of: "a")?.text("positive", draws: &draws))
            #expect(text.utf8.count <= Grammar.byteLimit + 100)
        }
    }

    @Test func `symbols that name each other several times end as well`() throws {
        // 3^60 symbols, and no text that would say how many there were.
        for leaf in ["''", "x"] {
            var yaml = "roots: [s0]\nsymbols:\n"
            for level in 0..<60 {
                yaml += "  s\(level): [\"<s\(level + 1)><s\(level + 1)><s\(level + 1)>\"]\n"
            }
            yaml += "  s60: [\(leaf)]\n"
            let library = try withFolder(["a.yaml": yaml]) { try GrammarLibrary(folder: $0) }
            var draws = CounterRNG(seed: 1, purpose: "wide")
            let text = try #require(library.grammar(of: "a")?.text("s0", draws: &draws))
            #expect(text.utf8.count <= Grammar.expansionLimit)
        }
    }

    @Test func `a chain of symbols that would exhaust the stack is refused`() throws {
        for (length, isRefused) in [(100, false), (3_000, true)] {
            var yaml = "roots: [s0]\nsymbols:\n"
            // Backwards, so that one round finds every height.
            for level in (0..<length).reversed() {
                yaml += "  s\(level): [\(level + 1 == length ? "x" : "\"<s\(level + 1)>\"")]\n"
            }
            guard isRefused else {
                let library = try withFolder(["a.yaml": yaml]) { try GrammarLibrary(folder: $0) }
                #expect(library.categories == ["a"])
                continue
            }
            try withFolder(["a.yaml": yaml]) { folder in
                let fault = #expect(throws: Fault.self) { try GrammarLibrary(folder: folder) }
                #expect(fault?.what.hasSuffix("is nested too deeply") == true)
            }
        }
    }

    @Test(arguments: [
        ("symbols:\n  positive: [\"<offr>\"]\n  offer: [a]\n", 2, "did you mean `offer`?"),
        ("symbols:\n  positive: [\"<positive> again\"]\n", 2, nil),
        ("symbols:\n  positive: [\"<open\"]\n", 2, nil),
        ("symbols:\n  positive: []\n", 2, nil),
        ("symbols:\n  Positive: [a]\n", 2, nil),
        ("symbols:\n  positive:\n    - 0: a\n", 3, nil),
        ("symbols:\n  positive: [[a]]\n", 2, nil),
        ("symbol:\n  positive: [a]\n", 1, "did you mean `symbols`?"),
        ("roots: [positve]\nsymbols:\n  positive: [a]\n", 0, "did you mean `positive`?"),
    ])
    func `a faulty grammar is refused with its place`(yaml: String, line: Int, hint: String?)
        throws
    {
        try withFolder(["a.yaml": yaml]) { folder in
            let fault = #expect(throws: Fault.self) { try GrammarLibrary(folder: folder) }
            guard case .file(_, let found, _)? = fault?.place else {
                Issue.record("no place")
                return
            }
            // 0: the fault is the whole file's.
            #expect(found ?? 0 == line)
            if let hint { #expect(fault?.hint == hint) }
        }
    }

    @Test func `no file can bring a denied category back`() throws {
        let good = "roots: [positive]\nsymbols:\n  positive: [a]\n"
        for files in [
            ["csam.yaml": good], ["sexual_minors.yaml": good],
            ["a.yaml": good, "aliases.yaml": "grammar:\n  sexual/minors: a\n"],
        ] {
            try withFolder(files) { folder in
                #expect(throws: Fault.self) { try GrammarLibrary(folder: folder) }
            }
        }
        let library = try shippedGrammars()
        #expect(library.grammar(of: "csam") == nil)
        #expect(!library.categories.contains { DenyList.denies(category: $0) })
        #expect(writable.allSatisfy { library.categories.contains($0) })
    }

    @Test func `a broken or missing folder is a fault`() throws {
        #expect(throws: Fault.self) { try GrammarLibrary(folder: "/no/such/folder") }
        try withFolder(["a.yaml": "\t:::", "b.yaml": "[]"]) { folder in
            let fault = #expect(throws: Fault.self) { try GrammarLibrary(folder: folder) }
            #expect(fault?.all.count == 2)
        }
    }
}
