internal import Records

private let intruders: [UInt8] = Array(".-_*',".utf8)

extension Operator {
    /// One or two punctuation marks between letters.
    static let punctIntrude = Operator(
        "punct-intrude", .insertion, "punctuation inside a word: stu.pid", undo: .inverse,
        label: .inherit, bounds: .visual.atMost(2).only(ascii: false, minimum: 4), chance: 0.4,
        .word { word, knobs, draws, draft in
            let gaps = 1 + draws.below(min(knobs.limit, 2))
            let first = 1 + draws.below(word.count - 1)
            guard let mark = draws.pick(intruders) else { return }
            draft.insert(CollectionOfOne(mark), at: word.gap(first))
            if gaps > 1, first + 2 < word.count {
                let second = first + 2 + draws.below(word.count - first - 2)
                draft.insert(CollectionOfOne(mark), at: word.gap(second))
            }
        })

    /// A separator between all letters of a word.
    static let spaceOut = Operator(
        "space-out", .insertion, "a separator between all letters: c l o w n", undo: .inverse,
        label: .inherit, bounds: .whole(3...10), variants: ["any", "space", "dot", "dash"],
        .word { word, knobs, draws, draft in
            let separators: [UInt8] = [0x20, 0x2E, 0x2D]
            let chosen = knobs.variant == 0 ? draws.below(3) : knobs.variant - 1
            for index in 1..<word.count {
                draft.insert(CollectionOfOne(separators[chosen]), at: word.gap(index))
            }
        })

    /// One space inside a word, not beside its first or last letter.
    static let spaceSplit = Operator(
        "space-split", .insertion, "one space inside a word: narrow mi nded", undo: .log,
        bounds: .typo.only(ascii: false, minimum: 5),
        .word { word, _, draws, draft in
            guard word.count >= 4 else { return }
            draft.insert(CollectionOfOne(0x20), at: word.gap(2 + draws.below(word.count - 3)))
        })

    /// Every letter in brackets.
    static let bracketLetters = Operator(
        "bracket-letters", .insertion, "every letter in brackets: (c)(l)(o)(w)(n)",
        undo: .inverse, label: .inherit, bounds: .whole(3...12, words: 1), evaluationOnly: true,
        .word { word, _, _, draft in
            for index in 0..<word.count {
                let range = word.range(index)
                draft.replace(range, with: [0x28] + word.bytes[range] + [0x29])
            }
        })
}
