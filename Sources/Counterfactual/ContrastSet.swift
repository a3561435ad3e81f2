/// Who or what (G a group, H another group of its class, Q a non-protected group, I an individual,
/// O an object) with a negative (N) or a neutral or positive (P) predicate.
public enum Cell: String, Sendable, CaseIterable {
    case gn = "GN"
    case gp = "GP"
    case on = "ON"
    case op = "OP"
    case hn = "G'N"
    case hp = "G'P"
    case qn = "QN"
    case `in` = "IN"
}

/// One sentence of a contrast set.
public struct ContrastRow: Sendable {
    public let cell: Cell
    public let text: String
    /// The subject's concept id.
    public let subjectConcept: String
    /// The predicate's id.
    public let predicate: String
    /// The template's id.
    public let template: String
    /// Sorted by category; a category that is missing is unknown.
    public let labels: [CategoryLabel]
    /// Undesired in the first category of the settings; nil: unknown there.
    public let isUndesired: Bool?
}

/// What a row's label is in one category.
public struct CategoryLabel: Sendable, Equatable {
    public let category: String
    public let isUndesired: Bool
}

/// Two rows that differ in one slot and what agrees with it.
public struct ContrastPair: Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// GN and ON: other subject, other label.
        case subject
        /// GN and GP: other predicate, other label.
        case predicate
        /// GN and G'N, GP and G'P: other group, same label.
        case identity
    }

    public let kind: Kind
    /// Indices into the set's rows.
    public let first: Int
    public let second: Int
}

/// Rows that stand or fall together: one split, one filter decision, no deduplication inside.
public struct ContrastSet: Sendable {
    /// 32 hexadecimal digits.
    public let setID: String
    public let rows: [ContrastRow]
    public let pairs: [ContrastPair]
}
