/// Questions about single characters that the normaliser asks.
enum CharacterClass {
    enum Kind {
        case digit, apostrophe, punctuation, other
    }

    /// Unicode's White_Space.
    static func isSpace(_ value: UInt32) -> Bool {
        switch value {
        case 9...13, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default: false
        }
    }

    /// Unicode's Default_Ignorable_Code_Point, and the C1 controls but for U+0085.
    static func isIgnorable(_ value: UInt32) -> Bool {
        switch value {
        case 0x80...0x84, 0x86...0x9F, 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5,
            0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0x3164,
            0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3,
            0x1D173...0x1D17A, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    /// False for the many characters that are never part of a composition (nor replaced by NFC).
    static func mayCompose(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x300, 0x388...0x482, 0x48A...0x590, 0x2010...0x2027, 0x2030...0x20CF,
            0x3041...0x3096, 0x30A1...0x30FE, 0x3400...0x9FFF, 0xAC00...0xD7A3, 0xFF01...0xFFFD,
            0x1F000...0x1FAFF:
            false
        default: true
        }
    }

    static func kind(_ value: UInt32) -> Kind {
        if value == 0x2018 || value == 0x2019 || value == 0x2BC { return .apostrophe }
        guard let scalar = Unicode.Scalar(value) else { return .other }
        switch scalar.properties.generalCategory {
        case .decimalNumber: return .digit
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return .punctuation
        default: return .other
        }
    }

    /// Calls `body` with the lower case of a character.
    static func lowered(_ value: UInt32, _ body: (UInt32) -> Void) {
        switch value {
        case 0..<0x41: body(value)
        case 0x41...0x5A: body(value | 0x20)
        case 0xDF, 0x1E9E:
            body(0x73)
            body(0x73)
        case 0x3C2: body(0x3C3)
        case 0x391...0x3A1, 0x3A3...0x3A9, 0x410...0x42F: body(value + 0x20)
        case 0xC0...0xD6, 0xD8...0xDE: body(value + 0x20)
        // Scripts without case.
        case 0x5B...0xDE, 0xE0...0xFF, 0x590...0x109F, 0x2000...0x20FF, 0x2E80...0xA63F,
            0xAC00...0xFAFF, 0x1F000...0x1FAFF:
            body(value)
        default:
            guard let scalar = Unicode.Scalar(value) else { return body(value) }
            let properties = scalar.properties
            guard properties.changesWhenLowercased else { return body(value) }
            for part in properties.lowercaseMapping.unicodeScalars { body(part.value) }
        }
    }
}
