import Foundation
import Records
import Testing

struct JSONTextTests {
    private func written(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `every escape is found at every place of a word`() {
        let escapes = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"),
            ("\0", "\\u0000"), ("\u{1F}", "\\u001f"), ("\u{7F}", "\\u007f"),
            ("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028"), ("\u{200B}", "\\u200b"),
            ("\u{FEFF}", "\\ufeff"),
        ]
        let plain = ["a", " ", "!", "#", "[", "]", "~", "é", "\u{A0}", "—", "😀"]
        for (text, escape) in escapes {
            for before in 0...17 {
                for filler in plain {
                    let head = String(repeating: filler, count: before)
                    #expect(written(head + text + filler) == "\"\(head)\(escape)\(filler)\"")
                }
            }
        }
    }

    @Test func `texts read back as they were`() throws {
        let pieces = ["a", "plain words ", "\"", "\\", "\n", "é", "\u{2028}", "😀", "\u{7F}", "~"]
        for seed in 0..<300 {
            var draws = CounterRNG(seed: UInt64(seed), purpose: "text", id: "json")
            let text = (0..<draws.below(40)).map { _ in
                pieces[draws.below(pieces.count)]
            }.joined()
            let line = Data("[\(written(text))]".utf8)
            let read = try JSONDecoder().decode([String].self, from: line)
            #expect(read == [text])
        }
    }

    @Test(arguments: [0, 7, 10, -1, -10, 1_234_567_890, Int.max, Int.min])
    func `whole numbers are written as Swift writes them`(_ number: Int) {
        var bytes = Array("x".utf8)
        JSONText.append(number, to: &bytes)
        #expect(bytes == Array("x\(number)".utf8))
    }
}
