/// Digits and signs that stand for letters inside of words.
enum Lookalikes {
    /// `*` in place of any letter or of none.
    static let mask: UInt32 = 0x2A

    /// Whether a sign may be part of a word.
    static func isSign(_ value: UInt32) -> Bool {
        switch value {
        // @ $ ! | + € ¢ £
        case 0x40, 0x24, 0x21, 0x7C, 0x2B, 0x20AC, 0xA2, 0xA3, mask: true
        default: false
        }
    }

    static func isDigit(_ value: UInt32) -> Bool { (0x30...0x39).contains(value) }

    /// The letter that a digit or sign is read as, `i` where it may be `l` too; others themselves.
    static func letter(_ value: UInt32) -> UInt32 {
        if value > 0x7C { return value == 0x20AC ? 0x65 : value == 0xA2 ? 0x63 : value }
        if value >= 0x61, value <= 0x7A { return value }
        switch value {
        case 0x30: return 0x6F
        case 0x31, 0x21, 0x7C: return 0x69
        case 0x32: return 0x7A
        case 0x33: return 0x65
        case 0x34, 0x40: return 0x61
        case 0x35, 0x24: return 0x73
        case 0x36: return 0x67
        case 0x37, 0x2B: return 0x74
        case 0x38: return 0x62
        case 0x39: return 0x67
        default: return value
        }
    }

    /// Whether one may stand for the other.
    static func areAlike(_ one: UInt32, _ other: UInt32) -> Bool {
        if one == other { return true }
        if isDigit(one) && isDigit(other) { return false }
        let (first, second) = (letter(one), letter(other))
        if first == one && second == other { return false }
        if first == second { return true }
        // What is read as i may be l; 6 and 9 may be b and q.
        switch (min(one, other), max(one, other)) {
        case (0x31, 0x6C), (0x21, 0x6C), (0x6C, 0x7C), (0x36, 0x62), (0x39, 0x71), (0x37, 0x6C),
            (0x6C, 0xA3):
            return true
        default: return false
        }
    }
}
