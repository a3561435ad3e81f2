internal import Records

extension Operator {
    /// Letters to digits and signs that look like them, from a fixed table.
    static let leet = Operator(
        "leet", .visual, "letters to look-alike digits: useless -> us3l3ss", undo: .inverse,
        bounds: .visual.only(), variants: ["basic", "extended"], chance: 0.5,
        .word { word, knobs, draws, draft in
            var left = min(knobs.limit, word.count - 1)
            for index in 0..<word.count where left > 0 {
                guard let sign = LeetTable.sign(word.ascii(index), knobs.variant, &draws),
                    draws.chance(knobs.chance)
                else { continue }
                draft.replace(word.range(index), with: sign)
                left -= 1
            }
        })
}

/// What stands for a letter.
private enum LeetTable {
    static func sign(_ letter: UInt8, _ variant: Int, _ draws: inout CounterRNG) -> UInt8? {
        let basic: UInt8? =
            switch letter | 0x20 {
            case 0x61: 0x34  // a 4
            case 0x65: 0x33  // e 3
            case 0x69: 0x31  // i 1
            case 0x6F: 0x30  // o 0
            case 0x73: 0x35  // s 5
            case 0x74: 0x37  // t 7
            default: nil
            }
        guard let basic, letter.isASCIILetter else { return nil }
        if variant == 0 || draws.chance(0.5) { return basic }
        return switch basic {
        case 0x34: 0x40  // @
        case 0x31: 0x21  // !
        case 0x35: 0x24  // $
        case 0x37: 0x2B  // +
        default: basic
        }
    }
}
