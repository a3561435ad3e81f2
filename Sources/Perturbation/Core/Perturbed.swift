public import Records

/// What one step did.
public struct StepRecord: Sendable, Equatable {
    public let op: String
    public let version: Int
    public let variant: String
    public let chance: Double
    public let seed: UInt64
    /// Offsets refer to the text before this step.
    public let edits: [Edit]
    /// Letters touched (an insertion counts as one) per letter of the text before.
    public let letterShare: Double
    /// Words edited per word of the text before.
    public let wordShare: Double
    /// Canonical distance per letter of the text before.
    public let foldDistance: Double
    public let undo: Operator.Undo
    public let label: Operator.LabelPolicy

    public var editCount: Int { edits.count }

    init(
        step: Perturber.Step, seed: UInt64, edits: [Edit], letters: Int, words: Int,
        wordsEdited: Int, foldDistance: Int
    ) {
        op = step.op.id
        version = step.op.version
        variant = step.op.variants[step.variant]
        chance = step.chance
        self.seed = seed
        self.edits = edits
        let touched = edits.reduce(0) { $0 + max(1, $1.old.unicodeScalars.count) }
        letterShare = letters == 0 ? 0 : Double(touched) / Double(letters)
        wordShare = words == 0 ? 0 : Double(wordsEdited) / Double(words)
        self.foldDistance = letters == 0 ? 0 : Double(foldDistance) / Double(letters)
        undo = step.op.undo
        label = step.op.label
    }
}

/// A perturbed child with all that is needed to explain and to undo it.
public struct Perturbed: Sendable {
    public let text: String
    public let parentText: String
    public let parentID: String
    public let variant: Int
    /// In order; each step's offsets refer to the text the step before it left.
    public let steps: [StepRecord]

    /// The parent's text, from the child and the log alone.
    ///
    /// - Throws: `badData` for edits that do not fit the text.
    public func undone() throws(Fault) -> String {
        var current = text
        for step in steps.reversed() { current = try Edits.undo(step.edits, in: current) }
        return current
    }

    /// 64 hexadecimal digits.
    public var parentSHA256: String { SHA256.hash(parentText).hex }

    /// The same for the same parent, chain and variant: 32 hexadecimal digits.
    public var id: String {
        let parent = parentID.isEmpty ? parentSHA256 : parentID
        let chain = steps.map { "\($0.op)/\($0.version)/\($0.variant)/\($0.seed)" }
        return SHA256.hash(
            (["perturbation", parent, "\(variant)"] + chain).joined(separator: "\n")
        ).shortHex
    }

    /// The hardest of the steps.
    public var undo: Operator.Undo { steps.map(\.undo).max() ?? .normaliser }
    /// Whether a defender who normalises first reads the parent.
    public var isNormaliserRecoverable: Bool { undo == .normaliser }
    public var labelPolicy: Operator.LabelPolicy {
        let policies = steps.map(\.label)
        if policies.contains(.review) { return .review }
        return policies.contains(.inheritGated) ? .inheritGated : .inherit
    }
    /// Sum over the steps of canonical distance per letter.
    public var foldDistance: Double { steps.reduce(0) { $0 + $1.foldDistance } }
}
