/// `\ud800` to `\udfff` in JSON without the other half that belongs to it.
enum LoneSurrogates {
    /// Puts `\ufffd` in the place of each, and says how many there were.
    static func replace(in bytes: inout [UInt8]) -> Int {
        var count = 0
        var at = 0
        while at + 1 < bytes.count {
            guard bytes[at] == UInt8(ascii: "\\") else {
                at += 1
                continue
            }
            let value = unit(bytes, at)
            if (0xD800...0xDBFF).contains(value), (0xDC00...0xDFFF).contains(unit(bytes, at + 6)) {
                at += 12
            } else if (0xD800...0xDFFF).contains(value) {
                bytes.replaceSubrange(at + 2..<at + 6, with: "fffd".utf8)
                count += 1
                at += 6
            } else {
                at += 2
            }
        }
        return count
    }

    /// The value of a `\uXXXX` that begins here; 0 when none does.
    private static func unit(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        guard at + 6 <= bytes.count, bytes[at] == UInt8(ascii: "\\"),
            bytes[at + 1] == UInt8(ascii: "u")
        else { return 0 }
        return UInt32(String(decoding: bytes[at + 2..<at + 6], as: UTF8.self), radix: 16) ?? 0
    }
}
