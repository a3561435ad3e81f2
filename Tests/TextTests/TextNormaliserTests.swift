import Records
import Testing

@testable import Text

struct TextNormaliserTests {
    @Test func `folds at each level what it promises`() {
        let text = " \u{FEFF}Ｈello,\u{200B} WÖRLD\u{A0}\u{2003}n°\u{2002}42 ﬁne—Straße\u{202E}! "
        #expect(
            TextNormaliser(.spacing).normalise(text) == "Ｈello, WÖRLD n° 42 ﬁne—Straße!")
        #expect(TextNormaliser(.folded).normalise(text) == "hello, wörld n° 42 fine—strasse!")
        #expect(TextNormaliser(.loose).normalise(text) == "hello wörld n° 00 fine strasse")
        #expect(TextNormaliser(.loose).normalise("Don\u{2019}t — DON'T ٣٤ 😀") == "dont dont 00 😀")
        let fancy = TextNormaliser(.folded).normalise("𝓕𝓻𝓮𝓮 ⓜⓞⓝⓔⓨ ｶﾞ ①½ İΣς")
        #expect(fancy == "free money ガ 11⁄2 i̇σσ")
        #expect(TextNormaliser(.loose).normalise("?!…") == "")
        #expect(TextNormaliser(.folded).normalise("") == "")
        // Cyrillic а is not Latin a.
        #expect(TextNormaliser(.folded).normalise("\u{430}") != "a")
    }

    @Test func `the key of exact copies forgets case, width and spaces, and nothing else`() {
        let key = TextNormaliser(.width)
        for (one, other) in [
            ("Hello  World", "ｈｅｌｌｏ\u{3000}ｗｏｒｌｄ"), ("ｶﾞｲﾄﾞ", "ガイド"), ("￦１００", "₩100"),
            ("STRASSE", "straße"), ("a\u{200B}b", "AB"), ("é", "E\u{301}"),
        ] {
            #expect(key.normalise(one) == key.normalise(other), "\(one)")
        }
        for (one, other) in [
            ("area 10² metres", "area 102 metres"), ("option ª here", "option a here"),
            ("step ① now", "step 1 now"), ("H₂O", "H2O"), ("½ cup", "1⁄2 cup"), ("x™", "xtm"),
            ("№ 5", "no 5"), ("𝓕ree", "free"), ("ﬁne", "fine"), ("Ⅳ", "iv"), ("1º piso", "1o piso"),
            ("10⁻³", "10-3"), ("㎏", "kg"), ("…", "..."),
        ] {
            #expect(key.normalise(one) != key.normalise(other), "\(one)")
            #expect(
                TextNormaliser(.folded).normalise(one) == TextNormaliser(.folded).normalise(other)
                    || one.contains("⁻"), "\(one)")
        }
    }

    @Test func `makes composed and decomposed letters the same bytes`() {
        for level in TextNormaliser.Level.allCases {
            let normaliser = TextNormaliser(level)
            for (one, other) in [
                ("é", "e\u{301}"), ("각", "\u{1100}\u{1161}\u{11A8}"), ("Å", "\u{212B}"),
            ] {
                #expect(
                    normaliser.normalise(Array(one.utf8)) == normaliser.normalise(Array(other.utf8))
                )
            }
        }
    }

    @Test func `is idempotent on every character, alone and behind a letter`() {
        for level in TextNormaliser.Level.allCases {
            let normaliser = TextNormaliser(level)
            var wrong: [UInt32] = []
            let planes = [0x80...0x33FF, 0xA000...0xABFF, 0xF900...0xFFFF, 0x1D400...0x1F200]
            for value in planes.joined() where level == .loose || value % 7 == 0 {
                guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
                let once = normaliser.normalise(Array("x\(scalar)e".utf8))
                if normaliser.normalise(once) != once { wrong.append(scalar.value) }
            }
            #expect(wrong == [])
        }
    }

    @Test func `is idempotent on random bytes, for many seeds`() {
        let pieces = [
            "A", " ", "\n", "é", "e", "\u{301}", "\u{200B}", "'", "´", "ﬁ", "①", "\u{1100}",
            "\u{1161}", "Σ", "İ", "\u{345}", "1", "٣", "—", "\u{3099}", "か", "\u{FF9E}",
        ]
        for seed in 0..<1_500 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "normalise")
            let bytes = randomBytes(&draws, pieces: pieces, count: draws.below(20))
            for level in TextNormaliser.Level.allCases {
                let normaliser = TextNormaliser(level)
                let once = normaliser.normalise(bytes)
                #expect(normaliser.normalise(once) == once, "seed \(seed) \(level)")
                #expect(String(validating: once, as: UTF8.self) != nil)
            }
        }
    }
}
