internal import Records

extension Operator {
    /// Two inner neighbours in the wrong order.
    static let charSwap = Operator(
        "char-swap", .typing, "two inner letters swapped: uselses", undo: .log,
        bounds: .typo.atMost(2),
        .word { word, knobs, draws, draft in
            let open = knobs.open(word.count).dropLast()
            guard knobs.limit >= 2, let index = draws.pick(open) else { return }
            let (left, right) = (word.range(index), word.range(index + 1))
            if Scalars.lower(word.scalar(index)) == Scalars.lower(word.scalar(index + 1)) { return }
            draft.replace(
                left.lowerBound..<right.upperBound, with: word.bytes[right] + word.bytes[left])
        })

    /// The inner letters of a word in another order.
    static let innerShuffle = Operator(
        "inner-shuffle", .typing, "inner letters shuffled: uslsees", undo: .log,
        bounds: .inner,
        .word { word, knobs, draws, draft in
            let open = Array(knobs.open(word.count))
            let order = draws.shuffled(open)
            let old = open.flatMap { word.bytes[word.range($0)] }
            let new = order.flatMap { word.bytes[word.range($0)] }
            guard let first = open.first, let last = open.last, old != new else { return }
            draft.replace(word.range(first).lowerBound..<word.range(last).upperBound, with: new)
        })

    /// Another case: shouting, title, alternating or random.
    static let changeCase = Operator(
        "case", .typing, "another case: uSeLeSs", undo: .inverse, label: .inheritGated,
        bounds: .whole(3...40, words: 3),
        variants: ["any", "alternate", "random", "upper", "title"],
        chance: 0.5,
        .word { word, knobs, draws, draft in
            // Acronyms stay.
            if word.isShouted { return }
            let variant = knobs.variant == 0 ? 1 + draws.below(4) : knobs.variant
            let phase = draws.below(2)
            for index in 0..<word.count {
                let byte = word.ascii(index)
                if byte == 0 { continue }
                let upper: Bool =
                    switch variant {
                    case 1: index % 2 == phase
                    case 2: draws.chance(knobs.chance) != byte.isASCIIUpper
                    case 3: true
                    default: index == 0
                    }
                let new = upper ? byte & 0xDF : byte | 0x20
                if new != byte { draft.replace(word.range(index), with: new) }
            }
        })
}

extension Operator.Bounds {
    /// Inner letters of words of four to nine, two words a text.
    fileprivate static var inner: Self {
        var bounds = whole(4...9, fold: nil)
        bounds.keepsEnds = true
        return bounds
    }
}
