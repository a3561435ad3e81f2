internal import Records

extension Operator {
    /// One inner letter gone.
    static let charDrop = Operator(
        "char-drop", .deletion, "an inner letter gone: usless", undo: .log, bounds: .typo,
        .word { word, knobs, draws, draft in
            guard let index = draws.pick(knobs.open(word.count)) else { return }
            draft.replace(word.range(index), with: EmptyCollection())
        })

    /// The last letter gone.
    static let truncate = Operator(
        "truncate", .deletion, "the last letter gone: useles", undo: .log, bounds: .typo,
        .word { word, _, _, draft in
            draft.replace(word.range(word.count - 1), with: EmptyCollection())
        })

    /// The vowels of a word gone, except one it starts with; two consonants remain.
    static let vowelDrop = Operator(
        "vowel-drop", .deletion, "no vowels: ppl r stpd", undo: .log,
        bounds: .whole(4...20, fold: nil).only(), variants: ["all", "most"],
        .word { word, knobs, draws, draft in
            let inner = (1..<word.count).filter { word.isVowel($0) }
            let kept = (0..<word.count).filter { !word.isVowel($0) }
            if inner.isEmpty || kept.count < 2 { return }
            for index in inner where knobs.variant == 0 || draws.chance(0.7) {
                draft.replace(word.range(index), with: EmptyCollection())
            }
        })
}
