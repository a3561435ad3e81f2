/// Every operator there is, in the order of the documentation.
public enum Operators {
    public static let all: [Operator] = [
        // Look-alikes
        .leet, .homoglyph, .fancyFont, .multicharVisual, .diacriticAdd, .zalgo, .diacriticStrip,
        // Insertion and separation
        .zeroWidth, .punctIntrude, .spaceOut, .spaceSplit, .bracketLetters, .repeatLetter,
        .charInsert,
        // Deletion and merging
        .charDrop, .truncate, .vowelDrop, .wordJoin, .spaceSymbol, .hashtagify,
        // Typing
        .charSwap, .charSub, .innerShuffle, .keyboard, .changeCase,
        // Wording
        .censor, .grawlix, .phonetic, .slangAbbrev, .misspell, .emojiInsert, .benignSuffix,
        .filler,
        // Markup
        .markdownSplit, .htmlEntity, .urlEncode,
    ]

    /// The operator of that id.
    public static func named(_ id: String) -> Operator? { all.first { $0.id == id } }
}
