internal import Records

/// One way to disguise or garble a text: what it is, what it may do, and the code that plans it.
public struct Operator: Sendable {
    /// What recovers the parent from the child without the edit log.
    public enum Undo: String, Sendable, Comparable {
        /// A standard normaliser (compatibility forms, format characters, case, decoding).
        case normaliser = "N"
        /// The operator's inverse map.
        case inverse = "I"
        /// Nothing but the log.
        case log = "L"

        public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }
        private var rank: Int { self == .normaliser ? 0 : self == .inverse ? 1 : 2 }
    }

    /// What the child's labels are.
    public enum LabelPolicy: String, Sendable {
        /// The parent's.
        case inherit
        /// The parent's, as long as the gates held (they always do for a child that is returned).
        case inheritGated = "inherit_gated"
        /// A person decides.
        case review
    }

    public enum Family: String, Sendable, CaseIterable {
        case visual, insertion, deletion, typing, wording, markup

        /// At most one step of a chain may be of a heavy family.
        var isHeavy: Bool { self == .markup }
    }

    /// How far one application may go.
    ///
    /// The common defaults are robustness reference 1.1.
    public struct Bounds: Sendable {
        /// How many letters of a word may change.
        public enum PerWord: Sendable {
            /// That many.
            case exactly(Int)
            /// max(1, floor(0.34 × letters)).
            case third
            /// Every letter; budgets then always allow one whole word.
            case whole
        }

        public var minimumLetters = 4
        public var maximumLetters = 40
        public var perWord = PerWord.exactly(1)
        /// Words edited in one text, on top of the share of the settings.
        public var maximumWords = 64
        /// First and last letter stay.
        public var keepsEnds = true
        /// Largest canonical distance per letter of the text; nil: the operator changes the
        /// canonical form by design and the label comes from the parent.
        public var foldDistance: Double?
        /// Whether words with non-ASCII letters are eligible.
        public var onlyASCII = false
    }

    /// The choices of one step.
    struct Knobs {
        let chance: Double
        /// Index into the operator's variants.
        let variant: Int
        let layout: KeyboardLayout
        /// Letters that may change in this word.
        var limit = 1
        let keepsEnds: Bool

        /// The letters an edit may touch, of a word with `count`.
        func open(_ count: Int) -> Range<Int> {
            keepsEnds ? 1..<max(1, count - 1) : 0..<count
        }
    }

    /// What a passage operator sees.
    struct Scene {
        let passage: TokenizedText
        let knobs: Knobs
        let settings: Perturber.Settings
    }

    enum Action: Sendable {
        /// Edits one chosen word; no edit means that this word offers none.
        case word(@Sendable (Letters, Knobs, inout CounterRNG, inout EditBuffer) -> Void)
        /// Edits gaps and ends of the whole text, minding protection and its own bounds.
        case passage(@Sendable (Scene, inout CounterRNG, inout EditBuffer) -> Void)
    }

    /// Kebab-case, as in a pipeline file.
    public let id: String
    /// Raised whenever the same input would give another output.
    public let version: Int
    public let family: Family
    /// One line, with an example.
    public let summary: String
    public let undo: Undo
    public let label: LabelPolicy
    public let bounds: Bounds
    /// The named ways to do it, the default first.
    public let variants: [String]
    /// Chance that a letter, gap or word that may be edited is; 0...1.
    public let chance: Double
    /// Meant for evaluation only: off in training mixes unless asked for.
    public let isEvaluationOnly: Bool
    let action: Action

    init(
        _ id: String, _ family: Family, _ summary: String, version: Int = 1, undo: Undo,
        label: LabelPolicy = .inheritGated, bounds: Bounds = Bounds(),
        variants: [String] = ["default"], chance: Double = 1, evaluationOnly: Bool = false,
        _ action: Action
    ) {
        self.id = id
        self.version = version
        self.family = family
        self.summary = summary
        self.undo = undo
        self.label = label
        self.bounds = bounds
        self.variants = variants
        self.chance = chance
        self.isEvaluationOnly = evaluationOnly
        self.action = action
    }
}
