public import Records

/// Makes perturbed children of texts: pure text in, text and edit log out.
///
/// A child depends on the text, the chain, the seed, the id and the variant number, and on nothing
/// else. A value is safe to share between threads.
public struct Perturber: Sendable {
    /// What is protected, what is aimed at, and the budgets; robustness reference 1.1.
    public struct Settings: Sendable {
        /// Share of a text's eligible words that one step may edit, 0...1; one is always allowed.
        public var maximumWordShare = 0.30
        /// Share of a text's letters that one step may change, 0...1; one is always allowed, and
        /// for operators that redo a whole word, one word.
        public var maximumLetterShare = 0.15
        /// Chance that the next word is drawn from `salient`, when one is left.
        public var salientShare = 0.70
        /// Steps a chain may have.
        public var maximumChain = 2
        /// Never edited.
        public var stopWords = StopWords.english
        /// Never edited: terms of the user, identity terms of counterfactual rows.
        public var phrases = Phrases()
        /// Words that carry the label; edited first.
        public var salient = WordSet()
        /// Words an edit must not produce.
        public var dictionary = CommonWords.english
        /// Terms an edit must not produce unless the parent's word was one.
        public var blocklist = WordSet()
        public var layout = KeyboardLayout.qwerty

        public init() {}

        /// Settings that protect nothing: for reading phrases.
        init(bare: Void) {
            stopWords = WordSet()
            dictionary = WordSet()
        }
    }

    /// An operator with its choices, checked.
    public struct Step: Sendable {
        public let op: Operator
        public let chance: Double
        /// Index into the operator's variants.
        public let variant: Int
        let purpose: String

        /// Nil choices are the operator's own.
        ///
        /// - Throws: `configuration` for an unknown operator or variant, or a chance outside (0, 1].
        public init(
            _ id: String, chance: Double? = nil, variant: String? = nil
        ) throws(Fault) {
            guard let op = Operators.named(id) else {
                throw Fault(
                    .configuration, "unknown operator `\(id)`",
                    hint: NearestName.hint(id, in: Operators.all.map(\.id)))
            }
            var index = 0
            if let variant {
                guard let found = op.variants.firstIndex(of: variant) else {
                    throw Fault(
                        .configuration, "operator `\(id)` has no variant `\(variant)`",
                        hint: NearestName.hint(variant, in: op.variants))
                }
                index = found
            }
            let chance = chance ?? op.chance
            guard chance > 0, chance <= 1 else {
                throw Fault(
                    .configuration, "the chance of operator `\(id)` is not above 0 and at most 1")
            }
            self.op = op
            self.chance = chance
            self.variant = index
            purpose = "perturb/\(op.id)/\(op.version)"
        }
    }

    public let settings: Settings

    /// - Throws: `configuration` for a share outside 0...1, or a chain without room for an operator.
    public init(_ settings: Settings = Settings()) throws(Fault) {
        let shares = [
            ("maximumWordShare", settings.maximumWordShare),
            ("maximumLetterShare", settings.maximumLetterShare),
            ("salientShare", settings.salientShare),
        ]
        for (name, share) in shares where !(share >= 0 && share <= 1) {
            throw Fault(.configuration, "`\(name)` is not between 0 and 1")
        }
        guard settings.maximumChain >= 1 else {
            throw Fault(.configuration, "a chain needs room for one operator")
        }
        self.settings = settings
    }

    /// Checks that steps may follow each other: not too many, at most one heavy.
    ///
    /// - Throws: `configuration` for a chain that is empty, too long, or has two of markup.
    public func check(_ chain: [Step]) throws(Fault) {
        guard (1...settings.maximumChain).contains(chain.count) else {
            throw Fault(
                .configuration,
                "a chain has \(chain.count) operators, not 1 to \(settings.maximumChain)")
        }
        guard chain.filter({ $0.op.family.isHeavy }).count <= 1 else {
            throw Fault(.configuration, "a chain has more than one markup operator")
        }
    }

    /// The text after every step, or nil when a step found nothing it may edit.
    ///
    /// - Parameters:
    ///   - id: the parent's id; when empty, the text itself keys the draws.
    ///   - variant: the number of the child among those of one parent and chain.
    public func apply(
        chain: [Step], text: String, id: String = "", seed: UInt64, variant: Int = 0
    ) -> Perturbed? {
        let key = id.isEmpty ? String(StableHash.hash(text), radix: 16) : id
        var current = text
        var done: [StepRecord] = []
        done.reserveCapacity(chain.count)
        for (position, step) in chain.enumerated() {
            let stepSeed = StableHash.mix(
                StableHash.mix(seed, UInt64(bitPattern: Int64(variant))), UInt64(position))
            var draws = CounterRNG(seed: stepSeed, purpose: step.purpose, id: key)
            guard let (child, record) = apply(step, current, stepSeed, &draws) else { return nil }
            current = child
            done.append(record)
        }
        if done.isEmpty || current == text && current.utf8.elementsEqual(text.utf8) { return nil }
        return Perturbed(
            text: current, parentText: text, parentID: id, variant: variant, steps: done)
    }

    private func apply(
        _ step: Step, _ text: String, _ seed: UInt64, _ draws: inout CounterRNG
    ) -> (String, StepRecord)? {
        let passage = TokenizedText(Array(text.utf8), settings)
        let knobs = Operator.Knobs(
            chance: step.chance, variant: step.variant, layout: settings.layout,
            keepsEnds: step.op.bounds.keepsEnds)
        var draft = EditBuffer()
        var distance = 0
        var words: Int
        switch step.op.action {
        case .word(let action):
            var plan = EditPlan(passage, settings, step.op.bounds)
            plan.run(knobs, action, &draws)
            (draft, distance, words) = (plan.draft, plan.distance, plan.wordsEdited)
        case .passage(let action):
            let scene = Operator.Scene(passage: passage, knobs: knobs, settings: settings)
            action(scene, &draws, &draft)
            draft.sort()
            words = draft.count
        }
        if draft.isEmpty { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(passage.bytes.count + draft.pool.count)
        draft.render(0..<passage.bytes.count, of: passage.bytes, from: 0, into: &bytes)
        let record = StepRecord(
            step: step, seed: seed, edits: draft.edits(of: passage.bytes),
            letters: passage.letterCount, words: passage.words.count, wordsEdited: words,
            foldDistance: distance)
        return (String(decoding: bytes, as: UTF8.self), record)
    }

    /// Whether running the chain again gives the same child, and its log restores the parent.
    public func verify(
        _ child: Perturbed, chain: [Step], text: String, id: String = "", seed: UInt64
    ) -> Bool {
        guard
            let again = apply(
                chain: chain, text: text, id: id, seed: seed, variant: child.variant),
            again.text.utf8.elementsEqual(child.text.utf8), again.steps == child.steps,
            let parent = try? child.undone()
        else { return false }
        return parent.utf8.elementsEqual(text.utf8)
    }
}
