import Testing

@testable import Encoder

@Suite(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
struct UnknownWordsTests {
    private func tokenizer() throws -> Tokenizer {
        try Tokenizer(folder: try #require(TestModel.folder), maximumTokens: 256)
    }

    @Test(arguments: [
        "", "hello", "Hello, WORLD! ~{}|^ 1/2 @me #tag", "café naïve straße", "привет мир",
        String(repeating: "a", count: 100), "tab\tand\nlines",
    ])
    func `known texts have none`(text: String) throws {
        #expect(UnknownWordFinder(try tokenizer()).find(text) == nil)
    }

    @Test func `unknown words are found with their counts, without outer punctuation`() throws {
        let finder = UnknownWordFinder(try tokenizer())
        #expect(
            finder.find("«ሰላም», hello") == UnknownWords(words: ["ሰላም"], tokens: 2, unknownTokens: 1)
        )
        #expect(finder.find("😀 hello")?.words == ["😀"])
        let long = String(repeating: "x", count: 101)
        #expect(finder.find("see \(long) there")?.words == [long])
        #expect(finder.find("see \(long) there")?.tokens == 3)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `the short way round agrees with the tokens`(seed: UInt64) throws {
        let tokenizer = try tokenizer()
        let finder = UnknownWordFinder(tokenizer)
        let pieces = [
            "a", "Z", "9", "'", "~", " ", "\n", "é", "ሰ", "😀", "中", "-", "\u{0}", "ß", "ខ្",
            "\u{301}",
        ]
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        var text = ""
        for _ in 0..<Int(seed % 40) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += pieces[Int(state >> 33) % pieces.count]
        }
        let unknown = try #require(tokenizer.unknown)
        let hasUnknown = tokenizer.identifiers(text).contains(unknown)
        if finder.find(text) != nil { #expect(hasUnknown) }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { #expect(finder.find(text) == nil && !hasUnknown) }
    }
}
