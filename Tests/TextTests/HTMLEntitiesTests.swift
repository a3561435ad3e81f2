import Records
import Testing

@testable import Text

struct HTMLEntitiesTests {
    @Test(arguments: [
        ("a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#x27; &apos;", "a & b <c> \"d\" 'e' '"),
        ("&amp;lt; &amp;amp;", "&lt; &amp;"),
        ("&eacute;&Eacute;&hearts;&euro;&thetasym;&nbsp;x", "éÉ♥€ϑ\u{A0}x"),
        ("&#128512;&#x1F600;&#X1f600;", "😀😀😀"),
        (
            "&#128; &#150; &#0; &#xD800; &#x110000; &#99999999999;",
            "€ – \u{FFFD} \u{FFFD} \u{FFFD} \u{FFFD}"
        ),
        ("&amp &unknown; &; &#; &#x; & &&amp;&", "&amp &unknown; &; &#; &#x; & &&&"),
        ("&#12a; &#-1; &AMP; &Amp;", "&#12a; &#-1; & &Amp;"),
        ("no references", "no references"),
    ])
    func `decodes names and numbers once, and leaves the rest alone`(_ text: String, _ want: String)
    {
        #expect(HTMLEntities.decode(text) == want)
    }

    @Test func `knows the 252 names of HTML 4`() {
        #expect(HTMLEntityNames.table.count > 350)
        #expect(HTMLEntityNames.table.values.allSatisfy { Unicode.Scalar($0) != nil })
        for name in ["fnof", "zwj", "rsaquo", "Yuml", "loz", "diams", "alefsym", "piv"] {
            #expect(HTMLEntityNames.table[name] != nil)
        }
    }

    @Test func `gives well-formed text for any well-formed text, for many seeds`() {
        let pieces = ["&", "#", "x", "12", "amp", ";", "&#", "&lt;", "é", " "]
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "entities")
            let bytes = WellFormed.repair(
                randomBytes(&draws, pieces: pieces, count: draws.below(40))
            ).bytes
            let (decoded, count) = HTMLEntities.decode(bytes)
            #expect(String(validating: decoded, as: UTF8.self) != nil)
            #expect(count > 0 || decoded == bytes)
        }
    }
}
