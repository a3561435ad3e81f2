import Records
import Testing

@testable import CleanStages

struct NGramsTests {
    private static func word(_ text: String) -> UInt64 { StableHash.hash(text, seed: 1) }
    private static func run(_ text: String) -> UInt64 { StableHash.hash(text, seed: 4) }

    private static func hashes(_ text: String) -> [UInt64] { NGrams().hashes(of: text) }

    // CountVectorizer(analyzer="char_wb", ngram_range=(4, 4)) gives the same runs.
    @Test func `words, and runs of four characters within a word and the space around it`() {
        #expect(
            Self.hashes("Abcd ef-g") == [
                Self.run(" abc"), Self.run("abcd"), Self.run("bcd "), Self.word("abcd"),
                Self.run(" ef-"), Self.run("ef-g"), Self.run("f-g "), Self.word("ef"),
                Self.word("g"),
            ])
        #expect(Self.hashes("a") == [Self.run(" a "), Self.word("a")])
        #expect(Self.hashes("!?") == [Self.run(" !? ")])
        #expect(Self.hashes(" \n ").isEmpty)
    }

    @Test func `characters are counted, not bytes`() {
        #expect(
            Self.hashes("дом") == [
                Self.run(" дом"), Self.run("дом "), Self.word("дом"),
            ])
        #expect(Self.hashes("🙂🙂") == [Self.run(" 🙂🙂 "), Self.word("🙂🙂")])
    }

    @Test func `case, width and spacing make no difference, repeats do`() {
        let plain = Self.hashes("free money now")
        #expect(Self.hashes("  FREE\t money\u{200B}  ｎｏｗ ") == plain)
        #expect(Self.hashes("free money now now").count == plain.count + 3)
    }
}
