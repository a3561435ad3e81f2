import Records
import Testing

@testable import Text

struct KeywordScanTests {
    private func scan() throws -> KeywordScan {
        try KeywordScan([
            Lexicon(
                category: "scam",
                entries: [
                    .init(weight: 0.5, phrase: "Wire the  money"),
                    .init(weight: 0.4, phrase: "gift card"),
                    .init(weight: 0.2, phrase: "card"),
                ]),
            Lexicon(
                category: "spam",
                entries: [
                    .init(weight: 0.3, phrase: "gift card"), .init(weight: 0.6, phrase: "größe!"),
                    .init(weight: 1, phrase: "免费"),
                ]),
        ])
    }

    @Test func `multiplies what speaks against a category over the different phrases found`() throws
    {
        let scan = try scan()
        let finding = scan.scan("WIRE the\nmoney with a ｇｉｆｔ card, a gift card!")
        #expect(finding.phrases == [0, 1, 2, 3])
        #expect(abs(finding.risks[0] - (1 - 0.5 * 0.6 * 0.8)) < 1e-12)
        #expect(abs(finding.risks[1] - 0.3) < 1e-12)
        #expect(finding.highest == finding.risks[0])
        #expect(scan.categories == ["scam", "spam"])
    }

    @Test(arguments: [
        ("cards", []), ("discard", []), ("card", [2]), ("a-card.", [2]), ("card_", []),
        ("écard", []),
        ("card…", [2]), ("中card中", [2]), ("GRÖSSE!x", [4]), ("xgröße!", []), ("全免费的", [5]),
        ("", []),
        ("gift cards", []), ("gift\u{200B} card", [1, 2, 3]),
    ])
    func `finds whole words only, where the script has words`(_ text: String, _ want: [Int]) throws
    {
        #expect(try scan().scan(text).phrases == want)
    }

    @Test func `finds what a plain search finds, for many seeds`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "scan")
            let alphabet = Array("ab ".utf8)
            func word(_ longest: Int) -> [UInt8] {
                (0...draws.below(longest)).map { _ in draws.pick(alphabet) ?? 0 }
            }
            let phrases = (0...draws.below(12)).map { _ in word(5) }
            let automaton = PhraseAutomaton(phrases)
            let text = word(80)
            var found: [[Int]] = []
            text.withUnsafeBytes { automaton.scan($0) { found.append([$1, $0]) } }
            var want: [[Int]] = []
            for (index, phrase) in phrases.enumerated() {
                for end in phrase.count...max(phrase.count, text.count) where end <= text.count {
                    if Array(text[(end - phrase.count)..<end]) == phrase {
                        want.append([end, index])
                    }
                }
            }
            #expect(
                found.sorted { $0.lexicographicallyPrecedes($1) }
                    == want.sorted { $0.lexicographicallyPrecedes($1) })
        }
    }

    @Test func `the word inside a placeholder is no sign, unless the brackets are asked for`()
        throws
    {
        let scan = try KeywordScan([
            Lexicon(
                category: "contact",
                entries: [
                    .init(weight: 0.9, phrase: "phone"), .init(weight: 0.9, phrase: "handle"),
                    .init(weight: 0.9, phrase: "url"), .init(weight: 0.9, phrase: "email"),
                    .init(weight: 0.9, phrase: "ip"), .init(weight: 0.9, phrase: "card"),
                ])
        ])
        for kind in PersonalData.Kind.allCases {
            #expect(scan.scan("so \(kind.placeholder), yes \(kind.placeholder)").phrases == [])
        }
        #expect(scan.scan("my phone is [PHONE]").phrases == [0])
        #expect(scan.scan("[ phone ] [phone number] [phone").phrases == [0])
        let asked = try KeywordScan([
            Lexicon(category: "contact", entries: [.init(weight: 0.9, phrase: "[EMAIL]")])
        ])
        #expect(asked.scan("at [email]").phrases == [0])
    }

    @Test func `counts a phrase once however often a long text repeats it`() throws {
        let text = String(repeating: "gift card, card. ", count: 5_000)
        #expect(try scan().scan(text).phrases == [1, 2, 3])
    }

    @Test func `reads a lexicon, and names every wrong line`() throws {
        let scratch = Scratch()
        let good = scratch.file(
            "good.tsv", "\u{FEFF}# a comment\r\n0.5\twire the money\r\n\n1\t#hash")
        let lexicon = try Lexicon(path: good, category: "scam")
        #expect(
            lexicon.entries == [
                .init(weight: 0.5, phrase: "wire the money"), .init(weight: 1, phrase: "#hash"),
            ])
        let bad = scratch.file(
            "bad.tsv",
            "0.5\tone\nno tab\n0\tzero\nnan\tnan\n1.5\tbig\n0.5\t \u{200B}\n0.1\tONE\n0.2\tfine")
        let fault = #expect(throws: Fault.self) { try Lexicon(path: bad, category: "x") }
        #expect(fault?.kind == .configuration)
        #expect(fault?.all.map(\.place) == (2...7).map { .file(bad, line: $0) })
        let bytes = scratch.file(
            "bytes.tsv", [0x31, 9, 0xFF, 10] + [UInt8](repeating: 97, count: 9_999))
        let second = #expect(throws: Fault.self) { try Lexicon(path: bytes, category: "x") }
        #expect(second?.all.count == 2)
    }

    @Test func `refuses wrong weights and two lexicons for one category`() throws {
        for weight in [0, -1, 1.01, .nan, .infinity] {
            #expect(throws: Fault.self) {
                try KeywordScan([
                    Lexicon(category: "a", entries: [.init(weight: weight, phrase: "x")])
                ])
            }
        }
        let one = Lexicon(category: "a", entries: [])
        #expect(throws: Fault.self) { try KeywordScan([one, one]) }
        #expect(try KeywordScan([one]).scan("text").risks == [0])
        #expect(try KeywordScan([]).scan("text").highest == 0)
    }
}
