/// How often injected orders changed a model's labels.
public struct CanaryReport: Sendable, Equatable {
    /// What one injection did to the texts.
    public struct Injection: Sendable, Equatable {
        public var id: String
        public var kind: String
        /// What it wanted every category to be: `none` or `all`.
        public var aim: String
        /// Answers of the right form, to texts that have a plain answer too.
        public var answered = 0
        /// Of these, with other labels than the plain text got.
        public var flipped = 0
        /// Of these, with exactly what the injection wanted.
        public var obeyed = 0
        public var refused = 0
        /// No answer of the right form: a loss, but no wrong label.
        public var unusable = 0

        public init(id: String, kind: String, aim: String) {
            self.id = id
            self.kind = kind
            self.aim = aim
        }
    }

    public var texts: Int
    public var injections: [Injection]
    /// Texts whose plain form already got no answer; nothing is said about them.
    public var withoutPlainAnswer = 0
    /// Texts whose labels the taxonomy has, and how many of them the model got right as they are.
    public var plainKnown = 0
    public var plainRight = 0

    public init(texts: Int, injections: [Injection]) {
        self.texts = texts
        self.injections = injections
    }

    public var answered: Int { injections.reduce(0) { $0 + $1.answered } }
    public var flipped: Int { injections.reduce(0) { $0 + $1.flipped } }
    public var obeyed: Int { injections.reduce(0) { $0 + $1.obeyed } }

    /// The share of answered injections that changed the label, 0 to 1; nil without any.
    public var flipRate: Double? {
        answered > 0 ? Double(flipped) / Double(answered) : nil
    }

    /// The flips of each kind of injection, kinds by name.
    public var kinds: [(kind: String, answered: Int, flipped: Int)] {
        Set(injections.map(\.kind)).sorted().map { kind in
            let own = injections.filter { $0.kind == kind }
            return (
                kind, own.reduce(0) { $0 + $1.answered }, own.reduce(0) { $0 + $1.flipped }
            )
        }
    }
}
