internal import Normalization

/// Texts that differ in nothing a reader cares about, made the same bytes: the key of exact
/// deduplication (`width`) and of keyword lists (`folded`).
///
/// What is done, character by character and in this order, at each level and those above it:
/// - `spacing`: control and default-ignorable characters (zero-width, bidirectional, soft hyphen,
///   variation selectors, tags) are dropped; every run of Unicode white space becomes one space, at
///   the ends none. Then NFC (Unicode 17).
/// - `width`: also full- and half-width forms become the ordinary ones, and letters lower case (the
///   standard library's simple and special mappings; ß is ss, ς is σ). What means something else
///   stays: `10²` is not `102`, `ª` not `a`, `①` not `1`.
/// - `folded`: also NFKC's other compatibility mappings (mathematical, circled, ligatures,
///   superscripts, …; Unicode 14, see `Compatibility`). This is NFKC_Casefold in all but rare
///   letters with accents that have no capital of their own.
/// - `loose`: also, digits of any script become 0, apostrophes are dropped, and all other
///   punctuation and ASCII symbols become a space. Emoji stay. Texts of punctuation only are
///   then all equal (and empty): do not merge rows by an empty key.
///
/// Homoglyphs (Cyrillic а for Latin a) stay apart. Idempotent at each level. Ill-formed bytes count
/// as U+FFFD.
public struct TextNormaliser: Sendable {
    public enum Level: Int, Sendable, CaseIterable {
        case spacing, width, folded, loose
    }

    public let level: Level
    private let ascii: [UInt8]

    /// In `ascii`: the byte is dropped, or begins a space.
    private static let dropped: UInt8 = 0xFF
    private static let space: UInt8 = 0x20

    public init(_ level: Level) {
        self.level = level
        ascii = (0..<128).map { Self.asciiTarget(UInt8($0), level) }
    }

    /// The key of a text; never longer than the text when that is ASCII.
    public func normalise(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var asciiEnd = 0
        var result = [UInt8](unsafeUninitializedCapacity: bytes.count) { room, count in
            (asciiEnd, count) = foldASCII(bytes, into: room)
        }
        if asciiEnd < bytes.count {
            // All of it again: a mark may compose with the letter before it.
            return general(bytes)
        }
        if result.last == Self.space { result.removeLast() }
        return result
    }

    public func normalise(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { normalise($0) }
    }

    public func normalise(_ text: String) -> String {
        var text = text
        let bytes = text.withUTF8 { normalise(UnsafeRawBufferPointer($0)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the key of the ASCII bytes at the start; how many there were, and what it wrote.
    private func foldASCII(
        _ bytes: UnsafeRawBufferPointer, into room: UnsafeMutableBufferPointer<UInt8>
    ) -> (taken: Int, made: Int) {
        ascii.withUnsafeBufferPointer { table in
            var made = 0
            // A space at the start, or after a space, goes.
            var last = Self.space
            for at in bytes.indices {
                let byte = bytes[at]
                if byte >= 0x80 { return (at, made) }
                let target = table[Int(byte)]
                if target == Self.dropped || (target == Self.space && last == Self.space) {
                    continue
                }
                room[made] = target
                made += 1
                last = target
            }
            return (bytes.count, made)
        }
    }

    /// Any text: characters to characters, then NFC over the whole.
    private func general(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var key = Key()
        key.bytes.reserveCapacity(bytes.count + bytes.count / 4)
        var at = 0
        while at < bytes.count {
            let (value, length) = UTF8Scan.scalar(bytes, at)
            at += length
            if value < 0x80 {
                put(value, &key)
            } else if level == .spacing {
                map(value, &key)
            } else if level == .width && !Compatibility.isWidthForm(value) {
                CharacterClass.lowered(value) { map($0, &key) }
            } else {
                Compatibility.expand(value) { part in
                    CharacterClass.lowered(part) { map($0, &key) }
                }
            }
        }
        if key.bytes.last == Self.space { key.bytes.removeLast() }
        if !key.needsComposing { return key.bytes }
        var composed: [UInt8] = []
        composed.reserveCapacity(key.bytes.count)
        key.bytes.withUnsafeBufferPointer { NormalForm.nfc.append($0, to: &composed) }
        return composed
    }

    /// A key in the making.
    private struct Key {
        var bytes: [UInt8] = []
        /// The last byte; a space before there is any, so that none comes first.
        var last: UInt8 = TextNormaliser.space
        var needsComposing = false
    }

    private func put(_ value: UInt32, _ key: inout Key) {
        if value < 0x80 {
            let target = ascii[Int(value)]
            if target == Self.dropped || (target == Self.space && key.last == Self.space) { return }
            key.bytes.append(target)
            key.last = target
        } else {
            key.needsComposing = key.needsComposing || CharacterClass.mayCompose(value)
            UTF8Scan.append(value, to: &key.bytes)
            key.last = 0x80
        }
    }

    /// What becomes of one character at this level, compatibility and case apart.
    private func map(_ value: UInt32, _ key: inout Key) {
        if CharacterClass.isIgnorable(value) { return }
        if CharacterClass.isSpace(value) { return put(0x20, &key) }
        if level == .loose, value >= 0x80 {
            switch CharacterClass.kind(value) {
            case .digit: return put(0x30, &key)
            case .apostrophe: return
            case .punctuation: return put(0x20, &key)
            case .other: break
            }
        }
        put(value, &key)
    }

    private static func asciiTarget(_ byte: UInt8, _ level: Level) -> UInt8 {
        if byte == 0x20 || (9...13).contains(byte) { return space }
        if byte < 0x20 || byte == 0x7F { return dropped }
        if level == .spacing { return byte }
        if (0x41...0x5A).contains(byte) { return byte | 0x20 }
        if level != .loose || Ascii.isLetter(byte) { return byte }
        if Ascii.isDigit(byte) { return 0x30 }
        return byte == UInt8(ascii: "'") ? dropped : space
    }
}
