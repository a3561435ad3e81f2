/// Character references (`&#105;`, `&#x69;`, `&amp;`) and percent escapes (`%69`).
enum Escapes {
    private static let names: [(name: [UInt8], scalar: UInt32)] = [
        ("amp", 0x26), ("lt", 0x3C), ("gt", 0x3E), ("quot", 0x22), ("apos", 0x27),
        ("nbsp", 0xA0),
    ].map { (Array($0.0.utf8), $0.1) }

    /// The scalar an escape at `offset` stands for, and the offset after it.
    static func decode(_ bytes: [UInt8], at offset: Int) -> (scalar: UInt32, end: Int)? {
        if bytes[offset] == 0x25 {
            guard offset + 2 < bytes.count, let high = hex(bytes[offset + 1]),
                let low = hex(bytes[offset + 2]), high < 8
            else { return nil }
            return (high << 4 | low, offset + 3)
        }
        guard let end = bytes[offset...].prefix(10).firstIndex(of: 0x3B) else { return nil }
        let body = bytes[(offset + 1)..<end]
        if let known = names.first(where: { $0.name.elementsEqual(body) }) {
            return (known.scalar, end + 1)
        }
        guard body.count >= 2, body.first == 0x23 else { return nil }
        let isHex = body.dropFirst().first.map { $0 | 0x20 } == 0x78
        let digits = body.dropFirst(isHex ? 2 : 1)
        var value: UInt32 = 0
        for digit in digits {
            guard let digit = hex(digit), isHex || digit < 10 else { return nil }
            value = value * (isHex ? 16 : 10) + digit
            if value > 0x10FFFF { return nil }
        }
        guard !digits.isEmpty, Unicode.Scalar(value) != nil else { return nil }
        return (value, end + 1)
    }

    private static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46, 0x61...0x66: UInt32((byte | 0x20) - 0x57)
        default: nil
        }
    }
}
