internal import Normalization

/// What a character stands for: NFKC's mapping of one character (Unicode Standard Annex 15), as of
/// Unicode 14.
enum Compatibility {
    /// Each character whose NFKC differs from its NFC, and each that NFC replaces by one other.
    ///
    /// Without the two blocks of CJK compatibility ideographs, since NFC alone settles them.
    private static let mapping: ScalarMapping = {
        let values = NormalForm.decomposable(.unicode14).filter {
            !(0xF900...0xFAFF).contains($0) && !(0x2F800...0x2FA1F).contains($0)
        }
        // All at once, a line feed behind each: thrice as fast as one by one.
        let lines = values.reduce(into: [UInt32]()) { $0 += [$1, 0x0A] }
        let composed = NormalForm.nfc.scalars(of: lines, version: .unicode14).split(separator: 0x0A)
        let compatible = NormalForm.nfkc.scalars(of: lines, version: .unicode14)
            .split(separator: 0x0A)
        var mapping = ScalarMapping()
        for (value, (composed, compatible)) in zip(values, zip(composed, compatible))
        where compatible != composed || (composed.count == 1 && composed.first != value) {
            mapping.add(value, compatible)
        }
        return mapping
    }()

    /// Whether a character is a full- or half-width form of another (`<wide>` and `<narrow>` in the
    /// Unicode Character Database), or the ideographic space.
    static func isWidthForm(_ value: UInt32) -> Bool {
        switch value {
        case 0x3000, 0xFF01...0xFF60, 0xFF61...0xFFDC, 0xFFE0...0xFFEE: true
        default: false
        }
    }

    /// Calls `body` with each character that `value` stands for: itself when it has no mapping.
    static func expand(_ value: UInt32, _ body: (UInt32) -> Void) {
        // Ideographs and Hangul syllables, the bulk of East Asian text, have none.
        if value < 0xA0 || (0x3400...0xD7A3).contains(value), value < 0xA69C || value > 0xABFF {
            body(value)
            return
        }
        if !mapping.expand(value, body) { body(value) }
    }
}
