internal import Records

extension Operator {
    /// Empty emphasis, an empty link or a backslash inside a word; it renders the same.
    static let markdownSplit = Operator(
        "markdown-split", .markup, "empty Markdown inside a word: use[]()less",
        undo: .normaliser, label: .inherit,
        bounds: .visual.atMost(2).only(ascii: false, words: 1, minimum: 4),
        variants: ["any", "emphasis", "link", "tag", "comment"],
        .word { word, knobs, draws, draft in
            let variant = knobs.variant == 0 ? 1 + draws.below(4) : knobs.variant
            let index = 1 + draws.below(word.count - 1)
            let offset = word.gap(index)
            switch variant {
            case 1:
                // A bold letter: both marks or none.
                guard knobs.limit >= 2, index + 1 < word.count else { return }
                draft.insert("**".utf8, at: offset)
                draft.insert("**".utf8, at: word.gap(index + 1))
            case 2: draft.insert("[]()".utf8, at: offset)
            case 3: draft.insert("<b></b>".utf8, at: offset)
            default: draft.insert("<!-- -->".utf8, at: offset)
            }
        })

    /// Letters as decimal or hexadecimal character references.
    static let htmlEntity = Operator(
        "html-entity", .markup, "character references: us&#101;less", undo: .normaliser,
        label: .inherit, bounds: .visual.only(), variants: ["any", "decimal", "hex"],
        chance: 0.3,
        .word { word, knobs, draws, draft in
            let isHex = knobs.variant == 0 ? draws.chance(0.5) : knobs.variant == 2
            var left = knobs.limit
            for index in 0..<word.count where left > 0 && draws.chance(knobs.chance) {
                let value = word.scalar(index)
                let digits = String(value, radix: isHex ? 16 : 10)
                draft.replace(word.range(index), with: "&#\(isHex ? "x" : "")\(digits);".utf8)
                left -= 1
            }
        })

    /// Letters of one word percent-encoded.
    static let urlEncode = Operator(
        "url-encode", .markup, "percent escapes: us%65less", undo: .normaliser, label: .inherit,
        bounds: .visual.only(words: 1), chance: 0.3,
        .word { word, knobs, draws, draft in
            var left = knobs.limit
            for index in 0..<word.count where left > 0 && draws.chance(knobs.chance) {
                let digits = String(word.ascii(index), radix: 16)
                draft.replace(word.range(index), with: "%\(digits)".utf8)
                left -= 1
            }
        })
}
