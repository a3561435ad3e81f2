internal import Records

/// Chooses words, lets the operator edit them, and keeps what the budgets and gates allow.
struct EditPlan {
    let passage: TokenizedText
    let settings: Perturber.Settings
    let bounds: Operator.Bounds
    private(set) var draft = EditBuffer()
    /// Canonical distance so far, in scalars.
    private(set) var distance = 0
    private(set) var wordsEdited = 0
    private var lettersLeft = 0
    private var token: [UInt8] = []

    init(_ passage: TokenizedText, _ settings: Perturber.Settings, _ bounds: Operator.Bounds) {
        self.passage = passage
        self.settings = settings
        self.bounds = bounds
    }

    private var isWhole: Bool {
        if case .whole = bounds.perWord { true } else { false }
    }

    /// Words the operator may edit: the salient first, then the others; and how many are salient.
    static func eligible(
        _ passage: TokenizedText, _ bounds: Operator.Bounds
    ) -> (words: [Int], salient: Int) {
        var words: [Int] = []
        words.reserveCapacity(passage.words.count)
        var salient = 0
        for (index, word) in passage.words.enumerated() {
            if word.isProtected || word.letters < bounds.minimumLetters
                || word.letters > bounds.maximumLetters || bounds.onlyASCII && !word.isASCII
            {
                continue
            }
            words.append(index)
            if word.isSalient {
                words.swapAt(salient, words.count - 1)
                salient += 1
            }
        }
        return (words, salient)
    }

    mutating func run(
        _ knobs: Operator.Knobs,
        _ action: (Letters, Operator.Knobs, inout CounterRNG, inout EditBuffer) -> Void,
        _ draws: inout CounterRNG
    ) {
        var (words, salient) = Self.eligible(passage, bounds)
        if words.isEmpty { return }
        let share = max(1, Int(settings.maximumWordShare * Double(words.count)))
        let target = 1 + draws.below(min(bounds.maximumWords, share))
        lettersLeft = max(1, Int(settings.maximumLetterShare * Double(passage.letterCount)))
        var tries = target + 3
        while wordsEdited < target, tries > 0, !words.isEmpty, lettersLeft > 0 {
            tries -= 1
            let fromSalient = salient > 0 && draws.chance(settings.salientShare)
            let slot = draws.below(fromSalient ? salient : words.count)
            let word = passage.words[words[slot]]
            remove(slot, from: &words, &salient)
            edit(word, knobs, action, &draws)
        }
        draft.sort()
    }

    /// Takes a candidate out and keeps the salient ones in front.
    private func remove(_ slot: Int, from words: inout [Int], _ salient: inout Int) {
        var slot = slot
        if slot < salient {
            salient -= 1
            words.swapAt(slot, salient)
            slot = salient
        }
        words.swapAt(slot, words.count - 1)
        words.removeLast()
    }

    /// Up to three draws for one word; the first that passes every gate stays.
    private mutating func edit(
        _ word: TokenizedText.Word, _ knobs: Operator.Knobs,
        _ action: (Letters, Operator.Knobs, inout CounterRNG, inout EditBuffer) -> Void,
        _ draws: inout CounterRNG
    ) {
        let letters = passage.letters(of: word)
        var knobs = knobs
        knobs.limit = bounds.limit(word.letters)
        if isWhole {
            if wordsEdited > 0, word.letters > lettersLeft { return }
        } else {
            knobs.limit = min(knobs.limit, lettersLeft)
        }
        let before = draft.count
        for _ in 0..<3 {
            action(letters, knobs, &draws, &draft)
            if draft.count == before { return }
            let cost = cost(from: before)
            if cost <= knobs.limit, let far = gate(word, from: before) {
                distance += far
                wordsEdited += 1
                lettersLeft -= isWhole ? word.letters : cost
                return
            }
            draft.rollBack(to: before)
        }
    }

    /// Letters changed by the pieces from `first` on; an insertion counts as one.
    private func cost(from first: Int) -> Int {
        if isWhole { return 0 }
        var cost = 0
        for piece in draft.pieces[first...] {
            var letters = 0
            for offset in piece.start..<piece.end
            where passage.bytes[offset] & 0xC0 != 0x80 { letters += 1 }
            cost += max(1, letters)
        }
        return cost
    }

    /// The canonical distance the edits add, or nil when a gate refuses them.
    private mutating func gate(_ word: TokenizedText.Word, from first: Int) -> Int? {
        token.removeAll(keepingCapacity: true)
        draft.render(
            word.start..<word.end, of: passage.bytes, from: first, into: &token)
        return Gates.check(
            old: Array(passage.bytes[word.start..<word.end]), new: token, settings,
            allowance: bounds.foldDistance.map { Int($0 * Double(passage.letterCount)) - distance })
    }
}
