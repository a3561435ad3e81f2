import Normalization
import Records
import Testing

struct NormalFormTests {
    /// The digests are what scripts/generate_normalization_tables.py --digests prints.
    ///
    /// SHA-256 of each form of every scalar below U+32400 and of plane 14's first 4096, by
    /// unicodedata2 17.0.0, Python 3.11 and tokenizers 0.23.3. No other scalar has a form.
    @Test(arguments: [
        (
            NormalForm.Version.unicode17,
            [
                "3fe19af2c9ac06e597611ef7331f3a90d480e9c946b1c0ee6da0bbf836d79256",
                "4610ccbb4a8a7cb7dd6b6ab7278218184816f1be4d1206ac053f87bc0136bdb4",
                "fa43c12a8028f75a5e81d67e16d67f7813eddd4eab9d8232d1d4963d0bb6629f",
                "742e05f61653aa4bc5874354a17b703eada39af9f7b3c43f78eb7eeae9e93ed1",
            ]
        ),
        (
            .unicode14,
            [
                "c4e172ac2ae41b3b59c84b1b5de1723d9546ecaf0938c71012de92de1b9c4f94",
                "c48295de271f6fec9c8413971b076611170a9ecfb375a17de4ee1ca4bf72e053",
                "fa43c12a8028f75a5e81d67e16d67f7813eddd4eab9d8232d1d4963d0bb6629f",
                "093d57614104860b6ede869fd8da3073cf1ba5ac6d179edf06b7a982ef20c0a2",
            ]
        ),
        (
            .tokenizers,
            [
                "8826234d03f2d615228b2e787d0477a8075b97b2e69a9bbfeab44bf8e9d47236",
                "37a413844f3b8f01f193a7256ba0bf56c3b92f7446181c1053f38be42ce88ad4",
                "fa43c12a8028f75a5e81d67e16d67f7813eddd4eab9d8232d1d4963d0bb6629f",
                "546071ea31094da33abb6868926cab1d31ae08ae125727577e1636907bad3ff6",
            ]
        ),
    ])
    func `every scalar has the forms that Unicode's database gives it`(
        version: NormalForm.Version, digests: [String]
    ) {
        var scalars: [UInt32] = []
        for scalar in Self.scalars { scalars += [scalar, 0x0A] }
        for (form, digest) in zip(NormalForm.allCases, digests) {
            var text: [UInt8] = []
            for scalar in form.scalars(of: scalars, version: version) {
                appendScalar(scalar, to: &text)
            }
            #expect(SHA256.hash(text).hex == digest, "\(form.rawValue) of \(version)")
        }
        #expect(Set(NormalForm.decomposable(version)).isSubset(of: Self.scalars))
    }

    private static let scalars: [UInt32] =
        Array(0..<0xD800) + Array(0xE000..<0x3_2400) + Array(0xE_0000..<0xE_1000)

    @Test func `a scalar, its NFC and its NFD are equal to the standard library`() {
        var differing: [UInt32] = []
        for value in Self.scalars {
            guard let scalar = Unicode.Scalar(value), scalar.properties.age != nil else { continue }
            let text = String(Character(scalar))
            if NormalForm.nfc.string(text) != text || NormalForm.nfd.string(text) != text {
                differing.append(value)
            }
        }
        #expect(differing.isEmpty)
    }

    /// Letters, marks of many classes, Hangul in all three shapes, and what decomposes.
    ///
    /// Without U+0F73, U+0F75 and U+0F81, whose parts the standard library of Swift 6.3 does not
    /// bring into canonical order; a test below has them.
    private static let pieces: [UInt32] = [
        0x61, 0x65, 0x41, 0x6F, 0xE9, 0x1EA5, 0x212B, 0x2126, 0x300, 0x301, 0x302, 0x307, 0x308,
        0x30A, 0x31B, 0x323, 0x327, 0x328, 0x334, 0x345, 0x344, 0x3B1, 0x1F84, 0x5D0, 0x5B0, 0x5C2,
        0x915, 0x93C, 0x94D, 0x958, 0x9C7, 0x9BE, 0x9D7, 0xF71, 0xF72, 0x1100, 0x1161,
        0x11A8, 0xAC00, 0xAC01, 0x304B, 0x3099, 0xF900, 0x11131, 0x11127, 0x11938, 0x105D2,
        0x1D15E, 0x16D63, 0x16D67, 0x113C5, 0x11382, 0x113C9,
    ]

    private static func text(_ seed: UInt64) -> [UInt32] {
        var draws = CounterRNG(seed: seed, purpose: "normal forms")
        return (0..<1 + draws.below(9)).map { _ in pieces[draws.below(pieces.count)] }
    }

    private static func string(_ scalars: [UInt32]) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars.compactMap(Unicode.Scalar.init))
        return String(view)
    }

    @Test func `two texts are equal to the standard library when their forms are`() {
        for seed in 0..<3_000 as Range<UInt64> {
            let one = Self.text(seed)
            let composed = NormalForm.nfc.scalars(of: one)
            let decomposed = NormalForm.nfd.scalars(of: one)
            #expect(Self.string(composed) == Self.string(one))
            #expect(NormalForm.nfc.scalars(of: decomposed) == composed)
            #expect(NormalForm.nfd.scalars(of: composed) == decomposed)
            #expect(NormalForm.nfc.scalars(of: composed) == composed)
            // The same marks in another order: equal or not, as the standard library says.
            var draws = CounterRNG(seed: seed, purpose: "order")
            let other = draws.shuffled(one)
            #expect(
                (Self.string(one) == Self.string(other))
                    == (NormalForm.nfd.scalars(of: other) == decomposed))
        }
    }

    @Test(
        arguments: [
            // From unicodedata2 17.0.0.
            ([0x1ABF, 0xF75], [0xF71, 0xF74, 0x1ABF]), ([0xF75, 0xF71], [0xF71, 0xF71, 0xF74]),
            ([0xF73, 0x334], [0x334, 0xF71, 0xF72]), ([0xF81, 0xF71], [0xF71, 0xF71, 0xF80]),
        ] as [([UInt32], [UInt32])])
    func `the parts of a mark are in canonical order among other marks`(
        text: [UInt32], composed: [UInt32]
    ) {
        #expect(NormalForm.nfc.scalars(of: text) == composed)
    }

    @Test func `text, scalars and bytes come out the same`() {
        for seed in 0..<300 as Range<UInt64> {
            let scalars = Self.text(seed)
            for form in NormalForm.allCases {
                let expected = Self.string(form.scalars(of: scalars))
                let found = form.string(Self.string(scalars))
                #expect(found.unicodeScalars.elementsEqual(expected.unicodeScalars))
            }
        }
    }

    @Test(arguments: ["", "plain", "naïve Ærø ĳ ſ", "\u{2FF}"])
    func `what is below the marks is in NFC`(text: String) {
        #expect(NormalForm.nfc.string(text).utf8.elementsEqual(text.utf8))
    }
}
