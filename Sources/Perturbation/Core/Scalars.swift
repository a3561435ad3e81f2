/// What the scanner needs to know of one Unicode scalar.
enum Scalars {
    enum Kind {
        /// A letter of an alphabet whose letters stand alone: Latin, Greek, Cyrillic, Armenian.
        case plainLetter
        /// A letter of any other script; words of these are left alone.
        case otherLetter
        /// A combining mark or anything else that joins the scalar before it to a grapheme.
        case joiner
        /// An invisible format character, or one that joins the scalar after it.
        case format
        case other
    }

    static func kind(_ scalar: UInt32) -> Kind {
        switch scalar {
        case ..<0x80: return UInt8(scalar).isASCIILetter ? .plainLetter : .other
        case 0xC0...0x24F: return scalar == 0xD7 || scalar == 0xF7 ? .other : .plainLetter
        case 0x1E00...0x1EFF, 0x410...0x44F: return .plainLetter
        case 0x300...0x36F, 0x200C, 0x200D, 0xFE00...0xFE0F, 0x1F3FB...0x1F3FF: return .joiner
        case 0x2010...0x2027, 0x3000, 0xA0: return .other
        default: break
        }
        guard let properties = Unicode.Scalar(scalar)?.properties else { return .other }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter:
            return isPlain(scalar) ? .plainLetter : .otherLetter
        case .nonspacingMark, .spacingMark, .enclosingMark: return .joiner
        case .format: return .format
        default: return .other
        }
    }

    private static func isPlain(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xAA...0x2AF, 0x370...0x52F, 0x531...0x587, 0x1C80...0x1C88, 0x1D00...0x1D2B,
            0x1E00...0x1FFF:
            true
        default: false
        }
    }

    /// The simple lower-case form.
    static func lower(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 { return UInt32(UInt8(scalar).lowered) }
        switch scalar {
        case 0xC0...0xDE: return scalar == 0xD7 ? scalar : scalar + 32
        case 0x410...0x42F: return scalar + 32
        case 0x430...0x44F, 0x300...0x36F, 0x2000...0x206F: return scalar
        default: break
        }
        guard let whole = Unicode.Scalar(scalar) else { return scalar }
        return whole.properties.lowercaseMapping.unicodeScalars.first?.value ?? scalar
    }
}
