extension Operator.Bounds {
    /// Look-alikes and marks: a third of the letters, ends included, canonical distance 0.10.
    static var visual: Self {
        var bounds = Self()
        bounds.minimumLetters = 3
        bounds.perWord = .third
        bounds.keepsEnds = false
        bounds.foldDistance = 0.10
        return bounds
    }

    /// Slips: one inner letter of a word of four or more, canonical distance 0.20.
    static var typo: Self {
        var bounds = Self()
        bounds.foldDistance = 0.20
        return bounds
    }

    /// One or two whole words redone.
    static func whole(_ letters: ClosedRange<Int>, words: Int = 2, fold: Double? = 0.10) -> Self {
        var bounds = Self()
        bounds.minimumLetters = letters.lowerBound
        bounds.maximumLetters = letters.upperBound
        bounds.perWord = .whole
        bounds.maximumWords = words
        bounds.keepsEnds = false
        bounds.foldDistance = fold
        return bounds
    }

    func only(ascii: Bool = true, words: Int? = nil, minimum: Int? = nil) -> Self {
        var bounds = self
        bounds.onlyASCII = ascii
        if let words { bounds.maximumWords = words }
        if let minimum { bounds.minimumLetters = minimum }
        return bounds
    }

    /// Letters of a word with `count` that may change.
    func limit(_ count: Int) -> Int {
        switch perWord {
        case .exactly(let limit): min(limit, count)
        case .third: max(1, count * 34 / 100)
        case .whole: count
        }
    }
}

extension Operator.Bounds {
    /// At most that many letters of a word.
    func atMost(_ letters: Int) -> Self {
        var bounds = self
        bounds.perWord = .exactly(letters)
        return bounds
    }
}
