internal import Normalization

/// The words of GPT-2's expression, found by hand:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
/// (`tokenizers`, src/pre_tokenizers/byte_level.rs).
enum ByteLevelScanner {
    private static let kinds: ScalarClass = [.letter, .number, .space]

    /// The kind of the scalar at `index` and its length; the empty set for symbols.
    @inline(__always) private static func kind(
        _ text: Bytes, _ index: Int, _ table: ScalarTable
    ) -> (ScalarClass, Int) {
        let byte = text[index]
        if byte < 0x80 {
            return (ScalarClass(rawValue: table[UInt32(byte)]).intersection(kinds), 1)
        }
        let (scalar, length) = decodeScalar(text, at: index)
        return (ScalarClass(rawValue: table[scalar]).intersection(kinds), length)
    }

    /// Where the word that begins at `start` ends.
    static func end(_ text: Bytes, from start: Int, _ table: ScalarTable) -> Int {
        if text[start] == UInt8(ascii: "'") {
            let length = contraction(text, start + 1)
            if length > 0 { return start + 1 + length }
        }
        var (wanted, length) = kind(text, start, table)
        var end = start + length
        if wanted == .space {
            guard text[start] == 0x20, end < text.count else {
                return spaceEnd(text, from: start, table)
            }
            (wanted, length) = kind(text, end, table)
            if wanted == .space { return spaceEnd(text, from: start, table) }
            end += length
        }
        while end < text.count {
            let (next, length) = kind(text, end, table)
            if next != wanted { break }
            end += length
        }
        return end
    }

    /// White space up to the text's end, or else all but its last scalar, one at least.
    private static func spaceEnd(_ text: Bytes, from start: Int, _ table: ScalarTable) -> Int {
        var end = start
        var last = start
        while end < text.count {
            let (next, length) = kind(text, end, table)
            if next != .space { return last == start ? end : last }
            last = end
            end += length
        }
        return end
    }

    /// Bytes of 's, 't, 're, 've, 'm, 'll or 'd after the apostrophe.
    private static func contraction(_ text: Bytes, _ index: Int) -> Int {
        if index >= text.count { return 0 }
        let second = index + 1 < text.count ? text[index + 1] : 0
        switch (text[index], second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
            (UInt8(ascii: "d"), _):
            return 1
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return 2
        default: return 0
        }
    }
}
