internal import Records

/// Marks that common Latin alphabets put above or below a letter.
private let latinMarks: [UInt32] = [
    0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30C, 0x323, 0x327, 0x331,
]

extension Operator {
    /// One combining mark on some bare letters of a word.
    static let diacriticAdd = Operator(
        "diacritic-add", .visual, "a mark on some letters: clown -> clo\u{301}wn",
        undo: .normaliser, label: .inherit, bounds: .visual, chance: 0.3,
        .word { word, knobs, draws, draft in
            var left = knobs.limit
            for index in 0..<word.count where left > 0 && draws.chance(knobs.chance) {
                guard word.ascii(index) != 0, let mark = draws.pick(latinMarks) else { continue }
                draft.insert(scalar: mark, at: word.range(index).upperBound)
                left -= 1
            }
        })

    /// Three (or up to six) marks on every letter of a word.
    static let zalgo = Operator(
        "zalgo", .visual, "stacked marks on a word", undo: .normaliser, label: .inherit,
        bounds: .whole(3...12, words: 1), variants: ["three", "six"], evaluationOnly: true,
        .word { word, knobs, draws, draft in
            for index in 0..<word.count {
                var bytes: [UInt8] = []
                for _ in 0..<(knobs.variant == 0 ? 3 : 6) {
                    guard let mark = draws.pick(latinMarks) else { return }
                    UTF8Bytes.append(mark, to: &bytes)
                }
                draft.insert(bytes, at: word.range(index).upperBound)
            }
        })

    /// Takes the marks off Latin letters; other scripts keep theirs.
    static let diacriticStrip = Operator(
        "diacritic-strip", .visual, "no marks on Latin letters: café -> cafe", undo: .log,
        bounds: .visual,
        .word { word, knobs, draws, draft in
            var left = knobs.limit
            for index in 0..<word.count where left > 0 {
                let range = word.range(index)
                let scalar = word.scalar(index)
                let base =
                    LatinBases.base(of: scalar)
                    ?? (UInt8(exactly: scalar).flatMap { $0.isASCIILetter ? $0 : nil })
                guard let base, range.count > 1, draws.chance(knobs.chance) else { continue }
                draft.replace(range, with: base)
                left -= 1
            }
        })
}
