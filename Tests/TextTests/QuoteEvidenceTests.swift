import Records
import Testing

@testable import Text

struct QuoteEvidenceTests {
    private func shows(_ text: String, isWhole: Bool = true) -> Bool {
        Array(text.utf8).withUnsafeBytes {
            QuoteEvidence.showsQuotes(
                $0, delimiter: UInt8(ascii: "\t"), lineEnd: 10, isWhole: isWhole)
        }
    }

    @Test(arguments: [
        "id\ttext\n1\t\"two\nlines\"\n2\tplain\n",
        "id\ttext\r\n1\t\"two\r\nlines\"\r\n2\tplain\r\n",
        "id\ttext\n1\t\"he said \"\"no\"\"\"\n",
        "id\ttext\n1\t\"a\ttab\"\n2\tplain",
    ])
    func `quotes that rows need stand round fields`(text: String) {
        #expect(shows(text))
    }

    @Test(arguments: [
        "",
        "text\n\"one\n column\"\n",
        "id\ttext\n1\t\"Hello\" he said\n2\t\"two\nlines\"\n",
        "id\ttext\n1\t\"lone\n2\tplain\n3\tend\"\n",
        "id\ttext\n1\t\"whole\"\n2\tplain\n",
        "id\ttext\n1\t\"lone\n2\tplain\n",
        "id\ttext\n1\t\"two\nlines\"\n2\tone\tmore\n",
        "id\ttext\n1\tsay \"\"it\"\"\n2\t5\" tall\n",
    ])
    func `other quotes are text`(text: String) {
        #expect(!shows(text))
    }

    @Test func `a row that the start cuts off decides nothing`() {
        let text = "id\ttext\n1\t\"two\nlines\"\n2\t\"cut o"
        #expect(shows(text, isWhole: false) && !shows(text))
    }

    /// Tables of random fields, written as Python's csv writes them and as they are.
    @Test func `what was quoted is read back, what was not stays, over many seeds`() throws {
        let pieces = ["a", "b c", "\"", "\"\"", "\n", "\t", "é", "x\"y", ""]
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "quotes")
            var rows = [["id", "text", "label"]]
            for number in 0..<(3 + draws.below(20)) {
                let field = (0..<(1 + draws.below(4))).map { _ in
                    pieces[draws.below(pieces.count)]
                }.joined()
                rows.append(["\(number)", field, "l\(draws.below(3))"])
            }
            func quoted(_ field: String) -> String {
                guard field.contains(where: { "\"\n\t".contains($0) }) else { return field }
                return "\"" + field.replacing("\"", with: "\"\"") + "\""
            }
            let text = rows.map { $0.map(quoted).joined(separator: "\t") + "\n" }.joined()
            let scratch = Scratch()
            var format = DelimitedFormat.tsv
            format.findsQuotes = true
            var reader = try DelimitedReader(path: scratch.file("a.tsv", text), format: format)
            var row = DelimitedRow()
            var read: [[String]] = []
            while try reader.read(into: &row) { read.append(row.strings) }
            // Every field with a quote, a tab or a line end is quoted, and shows it.
            #expect(read == rows, "seed \(seed)")
            #expect(reader.hasFoundQuotes == text.contains("\""), "seed \(seed)")
        }
    }
}
