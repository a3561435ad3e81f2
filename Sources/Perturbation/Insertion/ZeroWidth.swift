internal import Records

private let invisible: [UInt32] = [0x200B, 0x2060, 0xFEFF, 0xAD, 0x200C, 0x200D]

extension Operator {
    /// Invisible characters between letters, at most four a word.
    static let zeroWidth = Operator(
        "zero-width", .insertion, "invisible characters inside a word", undo: .normaliser,
        label: .inherit, bounds: .visual.atMost(4), variants: ["any", "space", "soft-hyphen"],
        chance: 0.3,
        .word { word, knobs, draws, draft in
            var left = knobs.limit
            for index in 1..<word.count where left > 0 && draws.chance(knobs.chance) {
                let scalar: UInt32? =
                    switch knobs.variant {
                    case 0: draws.pick(invisible)
                    case 1: 0x200B
                    default: 0xAD
                    }
                guard let scalar else { return }
                draft.insert(scalar: scalar, at: word.gap(index))
                left -= 1
            }
        })
}
