import Records
import Testing

@testable import Text

struct WellFormedTests {
    @Test func `repairs ill-formed bytes as the standard library does, for many seeds`() {
        let pieces = ["a", "\n", "é", "\u{2028}", "漢", "😀", "plain text here "]
        for seed in 0..<500 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "well-formed")
            var bytes = randomBytes(&draws, pieces: pieces, count: draws.below(60))
            // Broken characters, too: the law of maximal subparts is about them.
            for _ in 0..<draws.below(8) where !bytes.isEmpty {
                bytes.remove(at: draws.below(bytes.count))
            }
            let (repaired, changes) = WellFormed.repair(bytes, dropsControls: false)
            #expect(repaired == Array(String(decoding: bytes, as: UTF8.self).utf8))
            #expect((changes.replaced == 0) == (repaired == bytes))
            let (clean, _) = WellFormed.repair(bytes)
            #expect(clean.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 || $0 == 10 })
            let (again, none) = WellFormed.repair(clean)
            #expect(again == clean)
            #expect(none.isEmpty)
        }
    }

    @Test func `drops NUL and controls, keeps tab and LF, and counts`() {
        let (text, changes) = WellFormed.repair("a\0b\u{1B}[31m\tc\r\nd\re\u{7F}\n")
        #expect(text == "ab[31m\tc\nd\ne\n")
        #expect(changes == WellFormed.Changes(replaced: 0, controls: 5))
        let (bytes, replaced) = WellFormed.repair([0x61, 0xFF, 0xE2, 0x82, 0x62, 0xC0, 0x80])
        #expect(String(decoding: bytes, as: UTF8.self) == "a\u{FFFD}\u{FFFD}b\u{FFFD}\u{FFFD}")
        #expect(replaced.replaced == 4)
        #expect(WellFormed.repair([]).bytes == [])
    }
}
