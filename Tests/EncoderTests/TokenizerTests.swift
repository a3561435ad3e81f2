import Records
import Testing

@testable import Encoder

struct TokenizerTests {
    private func tokenizer(maximum: Int = 20, _ words: [String] = []) throws -> Tokenizer {
        let lines = (TinyModel().vocabulary + words).joined(separator: "\n")
        return Tokenizer(
            vocabulary: try Vocabulary(Array(lines.utf8), path: "vocab.txt"),
            maximumTokens: maximum)
    }

    @Test(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
    func `gives the identifiers the Python tokenizer gives, hostile Unicode included`() throws {
        let encoder = try TestModel.encoder.get()
        for (index, row) in try Golden.load().rows.enumerated() {
            #expect(encoder.tokenIdentifiers(row.text) == row.ids, "golden row \(index)")
        }
    }

    @Test func `an empty text is [CLS][SEP]`() throws {
        #expect(try tokenizer().identifiers("") == [2, 3])
        #expect(try tokenizer().identifiers(" \u{0} \u{200B}\n") == [2, 3])
    }

    @Test func `takes the longest piece first and gives up on a whole word`() throws {
        #expect(try tokenizer().identifiers("thes THEING") == [2, 5, 6, 5, 7, 3])
        #expect(try tokenizer().identifiers("thez a") == [2, 1, 10, 3])
    }

    @Test func `a literal special token is special and lower case is not`() throws {
        #expect(try tokenizer().identifiers("a[SEP]b[MASK]") == [2, 10, 3, 11, 4, 3])
        #expect(try tokenizer().identifiers("[sep]") == [2, 1, 1, 1, 3])
        #expect(try tokenizer().identifiers("[SEP") == [2, 1, 1, 3])
    }

    @Test func `cuts at the limit and keeps [SEP] last`() throws {
        let letters = String(repeating: "a ", count: 500)
        for maximum in [3, 4, 20] {
            let identifiers = try tokenizer(maximum: maximum).identifiers(letters)
            #expect(identifiers.count == maximum)
            #expect(identifiers.first == 2 && identifiers.last == 3)
        }
        // A word of several pieces is cut in its middle.
        #expect(try tokenizer(maximum: 3).identifiers("thes") == [2, 5, 3])
    }

    @Test func `a word of more than 100 scalars is unknown, one of 100 is not`() throws {
        let whole = String(repeating: "x", count: 100)
        let tokenizer = try tokenizer(["x", "##x", whole])
        #expect(tokenizer.identifiers(whole) == [2, 32, 3])
        #expect(tokenizer.identifiers(whole + "x") == [2, 1, 3])
    }

    @Test func `folds accents, case, widths of space and removes what is invisible`() throws {
        let tokenizer = try tokenizer(["cafe", "ss", "ss"])
        for text in ["café", "CAFE\u{301}", "ca\u{AD}fe", "caf\u{200D}e", "\u{3000}cafe\u{2028}"] {
            #expect(
                tokenizer.identifiers(text) == [2, 30, 3], "\(text.unicodeScalars.map(\.value))")
        }
    }

    @Test func `punctuation and Chinese characters stand alone`() throws {
        let tokenizer = try tokenizer(["中", "国"])
        #expect(tokenizer.identifiers("a.b,中国") == [2, 10, 8, 11, 9, 30, 31, 3])
    }

    @Test func `any text gives a text of its own, whatever stood before it`() throws {
        let tokenizer = try tokenizer()
        var draws = CounterRNG(seed: 3, purpose: "tokenizer-test")
        var together: [Int32] = []
        var apart: [Int32] = []
        for _ in 0..<200 {
            var text = ""
            for _ in 0..<draws.below(30) {
                let value = UInt32(draws.below(draws.chance(0.7) ? 0x300 : 0x11_0000))
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            tokenizer.append(text, to: &together)
            let alone = tokenizer.identifiers(text)
            #expect(alone.count <= 20 && alone.first == 2 && alone.last == 3)
            apart += alone
        }
        #expect(together == apart)
    }

    @Test func `refuses a vocabulary without special tokens or with a movable mark`() throws {
        #expect(throws: Fault.self) { try Vocabulary(Array("a\nb\n".utf8), path: "vocab.txt") }
        #expect(throws: Fault.self) { try Vocabulary([0xFF, 0xFE], path: "vocab.txt") }
        #expect(throws: Fault.self) { try Vocabulary([], path: "vocab.txt") }
        #expect(throws: Fault.self) { try tokenizer(["a\u{302E}"]) }
    }
}
