/// Letter styles of Unicode that reach every ASCII letter without gaps.
enum FancyFonts: String, CaseIterable, Sendable {
    case bold, sans, sansItalic, monospace, fullwidth, circled, squared, smallCaps

    private static let capitals: [UInt32] = [
        0x1D00, 0x299, 0x1D04, 0x1D05, 0x1D07, 0xA730, 0x262, 0x29C, 0x26A, 0x1D0A, 0x1D0B, 0x29F,
        0x1D0D, 0x274, 0x1D0F, 0x1D18, 0xA7AF, 0x280, 0xA731, 0x1D1B, 0x1D1C, 0x1D20, 0x1D21,
        0x78, 0x28F, 0x1D22,
    ]

    /// The scalar of an ASCII letter in this style; nil of any other byte.
    func styled(_ letter: UInt8) -> UInt32? {
        guard letter.isASCIILetter else { return nil }
        let index = UInt32(letter.lowered) - 0x61
        let upper = letter.isASCIIUpper
        switch self {
        case .bold: return (upper ? 0x1D400 : 0x1D41A) + index
        case .sans: return (upper ? 0x1D5A0 : 0x1D5BA) + index
        case .sansItalic: return (upper ? 0x1D608 : 0x1D622) + index
        case .monospace: return (upper ? 0x1D670 : 0x1D68A) + index
        case .fullwidth: return (upper ? 0xFF21 : 0xFF41) + index
        case .circled: return (upper ? 0x24B6 : 0x24D0) + index
        case .squared: return 0x1F130 + index
        case .smallCaps: return upper ? UInt32(letter) : Self.capitals[Int(index)]
        }
    }
}
