/// Text that may have come from data, made safe for a terminal.
enum VisibleText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The text with control characters written out as `\x1b` or `\u202e`.
    ///
    /// These are C0 and C1, DEL, and the ones that turn the direction of a line; line ends and tabs
    /// stay. A label or an id may hold an escape sequence that colours the rest of the screen,
    /// moves the cursor or types into some terminals; a message that names it must not carry it
    /// out.
    static func escaped(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: isControl) { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += scalar.value < 0x100 ? "\\x" : "\\u"
                let shifts: [UInt32] = scalar.value < 0x100 ? [4, 0] : [12, 8, 4, 0]
                for shift in shifts {
                    let digit = digits[Int(scalar.value >> shift & 15)]
                    result.unicodeScalars.append(Unicode.Scalar(digit))
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
