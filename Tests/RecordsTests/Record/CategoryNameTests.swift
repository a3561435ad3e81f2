import Records
import Testing

struct CategoryNameTests {
    @Test(arguments: [
        ("spam", "spam"), (" spam\t", "spam"), ("caf\u{E9}", "caf\u{E9}"),
        ("cafe\u{301}", "caf\u{E9}"),
        ("\u{A0}hate speech\u{2003}", "hate speech"), ("a\u{1B}[31mb\u{7}", "a[31mb"), ("", ""),
        (" \n", ""), ("\u{FEFF}a\u{200B}", "a"), ("a\u{202E}b\u{9B}", "ab"),
        ("\u{1100}\u{1161}", "\u{AC00}"),
        ("a  b", "a  b"), ("\u{212B}", "\u{C5}"), ("ﬁ", "ﬁ"),
    ])
    func `names are in NFC, trimmed and without controls`(_ name: String, _ expected: String) {
        #expect(Array(CategoryName.normal(name).utf8) == Array(expected.utf8))
    }

    @Test func `a name in its form stays as it is, and equal strings become equal bytes`() {
        let pieces = [
            "e", "\u{301}", "\u{E9}", " ", "\t", "a", "\u{1B}", "\u{323}", "\u{307}", "\u{AC00}",
        ]
        for seed in 0..<500 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "names")
            let name = (0..<draws.below(8)).map { _ in draws.pick(pieces) ?? "" }.joined()
            let normal = CategoryName.normal(name)
            #expect(Array(CategoryName.normal(normal).utf8) == Array(normal.utf8))
            let other = name.replacing("\u{E9}", with: "e\u{301}")
            if other == name {
                #expect(Array(CategoryName.normal(other).utf8) == Array(normal.utf8))
            }
        }
    }

    @Test func `labels are told apart by bytes, in every order`() {
        let names = ["caf\u{E9}", "cafe\u{301}", "cafe", "cafz"]
        for first in names {
            for second in names where first.utf8.elementsEqual(second.utf8) == false {
                var labels = Labels()
                labels[first] = true
                labels[second] = false
                #expect(labels.known.count == 2)
                #expect(labels[first] == true && labels[second] == false)
                var other = Labels()
                other[second] = false
                other[first] = true
                #expect(labels == other)
                other[first] = nil
                #expect(labels != other && other[first] == nil && other[second] == false)
            }
        }
        #expect(Labels(["caf\u{E9}": true]) != Labels(["cafe\u{301}": true]))
    }
}
