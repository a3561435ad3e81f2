internal import Records

extension Operator {
    /// Letters to confusable letters of other scripts; at most two a word.
    static let homoglyph = Operator(
        "homoglyph", .visual, "letters to look-alikes of other scripts: а for a", undo: .inverse,
        label: .inherit, bounds: .visual.atMost(2), variants: ["near", "intentional", "style"],
        chance: 0.5,
        .word { word, knobs, draws, draft in
            let tier: HomoglyphTable.Tier =
                switch knobs.variant {
                case 0: .b
                case 1: .a
                default: .c
                }
            var left = knobs.limit
            for index in 0..<word.count where left > 0 && draws.chance(knobs.chance) {
                let found = HomoglyphTable.lookalikes(of: word.ascii(index), tier: tier)
                guard let scalar = draws.pick(found) else { continue }
                draft.replace(word.range(index), withScalar: scalar)
                left -= 1
            }
        })

    /// A whole word in one letter style of Unicode.
    static let fancyFont = Operator(
        "fancy-font", .visual, "a word in another letter style: 𝗰𝗹𝗼𝘄𝗻", undo: .normaliser,
        label: .inherit, bounds: .whole(3...20).only(),
        variants: ["any"] + FancyFonts.allCases.map(\.rawValue),
        .word { word, knobs, draws, draft in
            let fonts = FancyFonts.allCases
            let chosen = knobs.variant == 0 ? draws.below(fonts.count) : knobs.variant - 1
            for index in 0..<word.count {
                guard let scalar = fonts[chosen].styled(word.ascii(index)), scalar > 0x7F
                else { continue }
                draft.replace(word.range(index), withScalar: scalar)
            }
        })

    /// One letter to two that look like it, or back.
    static let multicharVisual = Operator(
        "multichar-visual", .visual, "m to rn, w to vv, d to cl and back: modern -> rnodern",
        undo: .log, bounds: .visual.atMost(2).only(), chance: 0.5,
        .word { word, knobs, draws, draft in
            for index in 0..<word.count where draws.chance(knobs.chance) {
                let pair: StaticString? =
                    switch word.ascii(index) {
                    case 0x6D: "rn"
                    case 0x77: "vv"
                    case 0x64: "cl"
                    default: nil
                    }
                if let pair {
                    draft.replace(word.range(index), with: "\(pair)".utf8)
                    return
                }
                if knobs.limit >= 2, index + 1 < word.count, word.ascii(index) == 0x72,
                    word.ascii(index + 1) == 0x6E
                {
                    draft.replace(
                        word.range(index).lowerBound..<word.range(index + 1).upperBound,
                        with: 0x6D)
                    return
                }
            }
        })
}
