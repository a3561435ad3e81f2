/// Where a record came from and what was done to it.
///
/// Every key is always written; a key that does not apply is null.
public struct Provenance: Sendable, Equatable {
    /// How the text came to be.
    public enum Source: String, Portable, CaseIterable {
        /// Read from a source of the user's.
        case corpus
        /// Written by a model from a template alone.
        case zeroShot = "zero_shot"
        /// Written by a model that was shown existing rows.
        case fewShot = "few_shot"
        /// Written by a model to be close to a category without belonging to it.
        case hardNegative = "hard_negative"
        /// Written by a model to belong to no category.
        case innocuous
        /// Filled in from a counterfactual template.
        case counterfactual
        /// Another record's text, perturbed.
        case perturbation
        /// Read from a source, labelled by a model of our own.
        case pseudoLabel = "pseudo_label"

        /// Whether a program wrote or changed the text.
        ///
        /// Such rows stay out of test splits unless a user asks for them.
        public var isSynthetic: Bool {
            switch self {
            case .corpus, .pseudoLabel: false
            default: true
            }
        }
    }

    public var source: Source
    /// The category that a generated record was made for.
    public var category: String?
    public var parentID: String?
    /// The head of the line of descent; nil for a record without a parent.
    public var rootID: String?
    /// The contrast set that this record belongs to.
    public var setID: String?
    /// The prompt or counterfactual template, with its version.
    public var template: String?
    /// The model that wrote or labelled the text, as its server named itself.
    public var model: String?
    /// The ledger key of the reply that the text or the labels came from.
    public var reply: String?
    /// The operators that changed the text, with every edit: a JSON array, written as it is.
    public var operators: [UInt8]?
    /// Who gave the labels: `source`, a labeller's name, or a reviewer's.
    public var labelledBy: String?

    public init(
        source: Source = .corpus, category: String? = nil, parentID: String? = nil,
        rootID: String? = nil, setID: String? = nil, template: String? = nil,
        model: String? = nil, reply: String? = nil, operators: [UInt8]? = nil,
        labelledBy: String? = nil
    ) {
        self.source = source
        self.category = category
        self.parentID = parentID
        self.rootID = rootID
        self.setID = setID
        self.template = template
        self.model = model
        self.reply = reply
        self.operators = operators
        self.labelledBy = labelledBy
    }
}
