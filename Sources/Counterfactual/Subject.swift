/// One concept that a sentence can be about, with its forms: a row of `corpora/subjects/*.yaml`.
public struct Subject: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A protected group.
        case group
        /// People by trade, hobby or role.
        case nonprotectedGroup = "nonprotected_group"
        case individual, object
        /// An object whose words also stand in group terms: a black blanket.
        case bridgeObject = "bridge_object"
        case institution

        public var isObject: Bool { self == .object || self == .bridgeObject }
        var isPerson: Bool { self == .group || self == .nonprotectedGroup || self == .individual }
    }

    public var conceptID: String
    public var kind: Kind
    /// Of a group: the protected characteristic.
    public var axis: String?
    public var sg: String
    /// Nil: there is only the singular (names).
    public var pl: String?
    public var adj: String?
    public var headNoun: String?
    /// `a`, `an` or `none` (names); stored, never guessed.
    public var article: String
    public var register = "neutral"
    /// `majority` or `minority`.
    public var polarityStatus: String?
    /// Only concepts of one class are swapped with the label kept.
    public var symmetricClass: String
    /// Ids of predicates that would be literal or factual.
    public var incompatiblePredicates: [String] = []
}

/// What is said of a subject: a row of `templates/counterfactual/predicates.yaml`.
public struct Predicate: Sendable, Equatable {
    public enum Pool: String, Sendable, CaseIterable {
        /// Negative, of people only: selfish.
        case personOnly = "person_only"
        /// Negative, of things too: useless.
        case objectPlausible = "object_plausible"
        case neutral, positive

        public var isNegative: Bool { self == .personOnly || self == .objectPlausible }
    }

    public var id: String
    public var text: String
    public var pos: String
    public var pool: Pool
}
