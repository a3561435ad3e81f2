internal import Records

extension Operator {
    /// One or two neutral emoji at the end.
    static let emojiInsert = Operator(
        "emoji-insert", .wording, "one or two neutral emoji at the end", undo: .inverse,
        bounds: .added,
        .passage { scene, draws, draft in
            if scene.passage.words.isEmpty { return }
            let count = 1 + draws.below(2)
            append(draws.sample(count, of: neutralEmoji), scene, &draft)
        })

    /// One to five friendly words at the end; at most 30 % of the text's words.
    static let benignSuffix = Operator(
        "benign-suffix", .wording, "friendly words at the end: … sunshine hugs", version: 2,
        undo: .inverse,
        label: .inherit, bounds: .added,
        .passage { scene, draws, draft in
            if !scene.passage.isMostlyLatin { return }
            // n added words are at most 30 % of words + n.
            let most = min(5, scene.passage.words.count * 3 / 7)
            if most < 1 { return }
            append(draws.sample(1 + draws.below(most), of: friendly), scene, &draft)
        })

    /// A word of hesitation before an unprotected word.
    static let filler = Operator(
        "filler", .wording, "a filler word: … um, useless", version: 2, undo: .inverse,
        label: .inherit,
        bounds: .added,
        .passage { scene, draws, draft in
            if !scene.passage.isMostlyLatin { return }
            let open = scene.gaps
            let count = min(1 + draws.below(2), open.count)
            for gap in draws.sample(count, of: open) {
                guard let word = draws.pick(fillers) else { return }
                draft.insert((word + " ").utf8, at: scene.passage.words[gap + 1].start)
            }
        })
}

extension Operator.Bounds {
    /// Words put beside the text; its own bytes all stay.
    fileprivate static var added: Self {
        var bounds = Self()
        bounds.perWord = .exactly(0)
        return bounds
    }
}

private func append(_ words: [String], _ scene: Operator.Scene, _ draft: inout EditBuffer) {
    let bytes = scene.passage.bytes
    var end = bytes.count
    while end > 0, bytes[end - 1].isASCIISpace { end -= 1 }
    draft.insert((" " + words.joined(separator: " ")).utf8, at: end)
}

/// Emoji without a second meaning that any of our categories knows.
private let neutralEmoji = ["🙂", "😊", "🌞", "🌈", "🎉", "📚", "🍀", "☕", "🎵", "🌻", "⭐", "🚲"]

private let fillers = ["um", "uh", "like", "well", "hmm", "tbh", "honestly", "anyway"]

private let friendly = """
    love hugs sunshine flowers rainbow cheers wonderful lovely happy peace smile kindness friends
    family music garden picnic puppy kitten birthday celebrate thanks blessings joy cookies tea
    beach summer spring holiday laughter dance cozy gentle bright cheerful delight grateful warm
    sweet dreams harmony bloom butterfly sparkle candle chocolate pancakes breeze meadow sunrise
    """.split(whereSeparator: \.isWhitespace).map(String.init)
