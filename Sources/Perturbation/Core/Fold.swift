/// The canonical form that decides whether an edit stays legible and what word it now reads as.
///
/// Decodes character references and percent escapes, drops tags, marks, invisible characters and
/// punctuation, maps styles, look-alikes and leet to the plain letter, and lowers case. A cheap
/// stand-in for NFKC, the confusable skeleton and a leet map together; the same map is used on
/// both sides of every comparison, so what it merges wrongly it merges on both.
enum Fold {
    private static let dropped: UInt32 = .max

    /// Two levels: page of 256 scalars, then the scalar; 0 means itself.
    private static let pages: [[UInt32]] = {
        var pages = [[UInt32]](repeating: [], count: 0x200)
        func set(_ scalar: UInt32, _ value: UInt32) {
            let page = Int(scalar >> 8)
            if pages[page].isEmpty { pages[page] = [UInt32](repeating: 0, count: 256) }
            pages[page][Int(scalar & 0xFF)] = value
        }
        for scalar in 0..<0x250 as Range<UInt32> where Scalars.kind(scalar) == .other {
            set(scalar, dropped)
        }
        for scalar in 0x41...0x5A as ClosedRange<UInt32> { set(scalar, scalar + 32) }
        for (scalar, base) in LatinBases.pairs { set(scalar, UInt32(base.lowered)) }
        for entry in HomoglyphTable.entries.reversed() {
            set(entry.scalar, UInt32(entry.letter.lowered))
        }
        for font in FancyFonts.allCases {
            for letter in 0x41...0x7A as ClosedRange<UInt8> {
                if let styled = font.styled(letter), styled > 0x7F {
                    set(styled, UInt32(letter.lowered))
                }
            }
        }
        for (from, to) in zip("0134578@$!|+".unicodeScalars, "oieastbasiit".unicodeScalars) {
            set(from.value, to.value)
        }
        for letter in 0x61...0x7A as ClosedRange<UInt32> { set(0x1F1E6 + letter - 0x61, letter) }
        let invisible: [ClosedRange<UInt32>] = [
            0xAD...0xAD, 0x300...0x36F, 0x2000...0x206F, 0xFE00...0xFE0F, 0xFEFF...0xFEFF,
        ]
        for scalar in invisible.joined() { set(scalar, dropped) }
        return pages
    }()

    /// Appends the folded scalars of UTF-8 bytes; runs of one letter are kept.
    static func skeleton(_ bytes: [UInt8], into result: inout [UInt32]) {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte.isASCIILetter {
                result.append(UInt32(byte | 0x20))
                at += 1
                continue
            }
            if byte == 0x3C, let end = bytes[at...].firstIndex(of: 0x3E) {
                at = end + 1
                continue
            }
            if byte == 0x26 || byte == 0x25, let (scalar, end) = Escapes.decode(bytes, at: at) {
                append(scalar, to: &result)
                at = end
                continue
            }
            let (scalar, length) = UTF8Bytes.decode(bytes, at: at)
            append(scalar, to: &result)
            at += length
        }
    }

    private static func append(_ scalar: UInt32, to result: inout [UInt32]) {
        let page = Int(scalar >> 8)
        let mapped =
            page < pages.count && !pages[page].isEmpty ? pages[page][Int(scalar & 0xFF)] : 0
        if mapped == 0 {
            result.append(Scalars.lower(scalar))
        } else if mapped != dropped {
            result.append(mapped)
        }
    }

    static func skeleton(_ bytes: [UInt8]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(bytes.count)
        skeleton(bytes, into: &result)
        return result
    }

    /// Every run of one scalar made one.
    static func collapsed(_ scalars: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count)
        for scalar in scalars where result.last != scalar { result.append(scalar) }
        return result
    }
}
