internal import Normalization

/// Makes any bytes a well-formed text: UTF-8 throughout, no control characters.
///
/// Bytes that are not UTF-8 become U+FFFD, one for each maximal subpart of an ill-formed sequence
/// (Unicode 15, section 3.9, "U+FFFD Substitution of Maximal Subparts", which WHATWG's decoder and
/// `String(decoding:as:)` follow as well).
public enum WellFormed {
    /// What was changed, in characters.
    public struct Changes: Sendable, Equatable {
        /// Ill-formed pieces that became U+FFFD.
        public var replaced = 0
        /// Control characters that were dropped, and lone CRs that became LF.
        public var controls = 0

        public var isEmpty: Bool { replaced == 0 && controls == 0 }
    }

    /// The repaired bytes; the same ones, without a copy, when there is nothing to repair.
    /// - Parameter dropsControls: drops C0 (with NUL) and DEL, all but tab and LF. CR LF becomes
    ///   LF, and so does a lone CR, which would otherwise join two words.
    public static func repair(
        _ bytes: [UInt8], dropsControls: Bool = true
    ) -> (bytes: [UInt8], changes: Changes) {
        bytes.withUnsafeBytes { source in
            let clean = cleanPrefix(source, dropsControls: dropsControls)
            if clean == source.count { return (bytes, Changes()) }
            return rewrite(source, from: clean, dropsControls: dropsControls)
        }
    }

    /// The same for a string, which is UTF-8 already: only controls can go.
    public static func repair(_ text: String) -> (text: String, changes: Changes) {
        var text = text
        let isClean = text.withUTF8 { bytes in
            cleanPrefix(UnsafeRawBufferPointer(bytes), dropsControls: true) == bytes.count
        }
        if isClean { return (text, Changes()) }
        let (bytes, changes) = repair(Array(text.utf8))
        return (changes.isEmpty ? text : String(decoding: bytes, as: UTF8.self), changes)
    }

    /// How many bytes at the start need no repair.
    private static func cleanPrefix(_ source: UnsafeRawBufferPointer, dropsControls: Bool) -> Int {
        var at = 0
        while at < source.count {
            // Eight plain ASCII characters at once: none with the high bit, none below a space.
            while at + 8 <= source.count {
                let word = source.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let high: UInt64 = 0x8080_8080_8080_8080
                let ones: UInt64 = 0x0101_0101_0101_0101
                // DEL plus one sets the high bit, as does a control minus a space.
                let odd = word | (word &- 0x20 &* ones) | (word &+ ones)
                if odd & high != 0 { break }
                at += 8
            }
            if at == source.count { return at }
            let byte = source[at]
            if byte < 0x80 {
                if dropsControls, isControl(byte) { return at }
                at += 1
            } else {
                let length = UTF8Scan.length(source, at)
                if length < 0 { return at }
                at += length
            }
        }
        return at
    }

    private static func rewrite(
        _ source: UnsafeRawBufferPointer, from clean: Int, dropsControls: Bool
    ) -> (bytes: [UInt8], changes: Changes) {
        var result: [UInt8] = []
        result.reserveCapacity(source.count + 16)
        result.append(contentsOf: UnsafeRawBufferPointer(rebasing: source[..<clean]))
        var changes = Changes()
        var at = clean
        while at < source.count {
            let byte = source[at]
            if byte < 0x80 {
                at += 1
                if dropsControls, isControl(byte) {
                    changes.controls += 1
                    if byte == 13, at == source.count || source[at] != 10 { result.append(10) }
                } else {
                    result.append(byte)
                }
                continue
            }
            let length = UTF8Scan.length(source, at)
            if length > 0 {
                result.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: source[at..<at + length]))
                at += length
            } else {
                result.append(contentsOf: [0xEF, 0xBF, 0xBD])
                changes.replaced += 1
                at -= length
            }
        }
        return (result, changes)
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 9 && byte != 10) || byte == 0x7F
    }
}
