internal import Records

extension Operator {
    /// A letter, better a vowel, drawn out to a run of two to five.
    static let repeatLetter = Operator(
        "repeat-letter", .insertion, "a drawn-out letter: stupiiid", undo: .inverse,
        label: .inherit, bounds: .visual.atMost(1),
        .word { word, _, draws, draft in
            let vowels = (0..<word.count).filter { word.isVowel($0) }
            let all = (0..<word.count).filter { word.ascii($0) != 0 }
            guard let index = draws.pick(vowels.isEmpty || draws.chance(0.2) ? all : vowels)
            else { return }
            let range = word.range(index)
            let copies = repeatElement(word.bytes[range.lowerBound], count: 1 + draws.below(4))
            draft.insert(copies, at: range.upperBound)
        })

    /// A random letter of the word's own script inside it.
    static let charInsert = Operator(
        "char-insert", .insertion, "a stray letter: usebless", undo: .log, bounds: .typo,
        .word { word, _, draws, draft in
            let index = 1 + draws.below(word.count - 1)
            draft.insert(
                scalar: RandomLetter.like(word.scalar(index - 1), &draws), at: word.gap(index))
        })

    /// A random letter of the same script in place of an inner one.
    static let charSub = Operator(
        "char-sub", .typing, "a wrong inner letter: uselkss", undo: .log, bounds: .typo,
        .word { word, knobs, draws, draft in
            guard let index = draws.pick(knobs.open(word.count)) else { return }
            let old = word.scalar(index)
            let new = RandomLetter.like(old, &draws)
            if Scalars.lower(new) != Scalars.lower(old) {
                draft.replace(word.range(index), withScalar: new)
            }
        })
}

/// Random letters.
enum RandomLetter {
    /// A letter of the scalar's script in its case; of Latin when the script is none of ours.
    static func like(_ scalar: UInt32, _ draws: inout CounterRNG) -> UInt32 {
        switch scalar {
        case 0x410...0x42F: 0x410 + UInt32(draws.below(32))
        case 0x430...0x45F: 0x430 + UInt32(draws.below(32))
        // Greek without final sigma and the gap of its capitals: alpha to rho.
        case 0x391...0x3A9: 0x391 + UInt32(draws.below(17))
        case 0x3AC...0x3CE: 0x3B1 + UInt32(draws.below(17))
        case 0x531...0x556: 0x531 + UInt32(draws.below(38))
        case 0x561...0x587: 0x561 + UInt32(draws.below(38))
        case 0x41...0x5A: 0x41 + UInt32(draws.below(26))
        default: 0x61 + UInt32(draws.below(26))
        }
    }
}
