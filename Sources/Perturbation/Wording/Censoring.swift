internal import Records

extension Operator {
    /// First and, from five letters on, last letter kept; at most 60 % masked by one sign.
    static let censor = Operator(
        "censor", .wording, "a word masked: us***ss", undo: .log,
        bounds: .whole(4...20, fold: nil), variants: ["any", "star", "hash", "dash", "x"],
        .word { word, knobs, draws, draft in
            let signs: [UInt8] = [0x2A, 0x23, 0x2D, 0x78]
            let sign = signs[knobs.variant == 0 ? draws.below(4) : knobs.variant - 1]
            let most = word.count * 6 / 10
            let masked = min(most, word.count - 2)
            let first = 1 + draws.below(word.count - 1 - masked)
            for index in first..<first + masked {
                draft.replace(word.range(index), with: sign)
            }
        })

    /// All letters but the first as mixed signs.
    static let grawlix = Operator(
        "grawlix", .wording, "all but the first letter as signs: u@#$%&!", undo: .log,
        label: .review, bounds: .whole(4...12, words: 1, fold: nil), evaluationOnly: true,
        .word { word, _, draws, draft in
            let signs = Array("@#$%&!".utf8)
            for index in 1..<word.count {
                draft.replace(word.range(index), with: signs[draws.below(signs.count)])
            }
        })
}
