/// The writing system of letters, by Unicode's blocks: enough to tell a reader which texts are
/// meant, not a full table of the property Script.
public enum Script {
    /// The commonest writing system among a text's letters and marks; of equals the one met first.
    ///
    /// `symbols` for a text without a letter, such as one of emoji.
    public static func main(of text: some Sequence<Unicode.Scalar>) -> String {
        var counts: [(name: String, letters: Int)] = []
        for scalar in text {
            guard let name = name(of: scalar) else { continue }
            if let place = counts.firstIndex(where: { $0.name == name }) {
                counts[place].letters += 1
            } else {
                counts.append((name, 1))
            }
        }
        var best: (name: String, letters: Int)?
        for entry in counts where entry.letters > best?.letters ?? 0 { best = entry }
        return best?.name ?? "symbols"
    }

    /// The writing system of a letter or mark; nil for anything else.
    static func name(of scalar: Unicode.Scalar) -> String? {
        let properties = scalar.properties
        guard properties.isAlphabetic || properties.generalCategory == .nonspacingMark else {
            return nil
        }
        // Marks such as the accents and the variation selectors belong to the letter before them.
        switch scalar.value {
        case 0x300...0x36F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE00...0xFE0F:
            return nil
        default: break
        }
        return blocks.first { $0.range.contains(scalar.value) }?.name ?? "other letters"
    }

    private static let blocks: [(range: ClosedRange<UInt32>, name: String)] = [
        (0x41...0x2AF, "Latin"), (0x1E00...0x1EFF, "Latin"), (0x370...0x3FF, "Greek"),
        (0x1F00...0x1FFF, "Greek"), (0x400...0x52F, "Cyrillic"), (0x530...0x58F, "Armenian"),
        (0x590...0x5FF, "Hebrew"), (0x600...0x6FF, "Arabic"), (0x750...0x77F, "Arabic"),
        (0x8A0...0x8FF, "Arabic"), (0xFB50...0xFDFF, "Arabic"), (0xFE70...0xFEFF, "Arabic"),
        (0x700...0x74F, "Syriac"), (0x780...0x7BF, "Thaana"), (0x7C0...0x7FF, "NKo"),
        (0x900...0x97F, "Devanagari"), (0x980...0x9FF, "Bengali"), (0xA00...0xA7F, "Gurmukhi"),
        (0xA80...0xAFF, "Gujarati"), (0xB00...0xB7F, "Odia"), (0xB80...0xBFF, "Tamil"),
        (0xC00...0xC7F, "Telugu"), (0xC80...0xCFF, "Kannada"), (0xD00...0xD7F, "Malayalam"),
        (0xD80...0xDFF, "Sinhala"), (0xE00...0xE7F, "Thai"), (0xE80...0xEFF, "Lao"),
        (0xF00...0xFFF, "Tibetan"), (0x1000...0x109F, "Myanmar"), (0x10A0...0x10FF, "Georgian"),
        (0x1C90...0x1CBF, "Georgian"), (0x2D00...0x2D2F, "Georgian"),
        (0x1100...0x11FF, "Hangul"), (0x3130...0x318F, "Hangul"), (0xA960...0xA97F, "Hangul"),
        (0xAC00...0xD7FF, "Hangul"), (0x1200...0x139F, "Ethiopic"),
        (0x2D80...0x2DDF, "Ethiopic"), (0xAB00...0xAB2F, "Ethiopic"),
        (0x13A0...0x13FF, "Cherokee"), (0xAB70...0xABBF, "Cherokee"),
        (0x1400...0x167F, "Canadian syllabics"), (0x1780...0x17FF, "Khmer"),
        (0x1800...0x18AF, "Mongolian"), (0x2D30...0x2D7F, "Tifinagh"),
        (0x3040...0x309F, "Hiragana"), (0x30A0...0x30FF, "Katakana"),
        (0x31F0...0x31FF, "Katakana"), (0x3100...0x312F, "Bopomofo"), (0x3400...0x4DBF, "Han"),
        (0x4E00...0x9FFF, "Han"), (0xF900...0xFAFF, "Han"), (0x20000...0x323AF, "Han"),
        (0xA000...0xA4CF, "Yi"),
    ]
}
