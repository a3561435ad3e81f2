internal import Records

/// What kind of text is asked for: its template, its origin and its labels.
enum GenerationKind: String, CaseIterable, Sendable {
    case positives
    case fewShot = "few_shot"
    case hardNegatives = "hard_negatives"
    case innocuous

    var source: Provenance.Source {
        switch self {
        case .positives: .zeroShot
        case .fewShot: .fewShot
        case .hardNegatives: .hardNegative
        case .innocuous: .innocuous
        }
    }
}

/// So many texts of one kind for one category.
struct GenerationTask: Sendable, Equatable {
    var kind: GenerationKind
    /// nil for innocuous texts.
    var category: String?
    /// Texts wanted.
    var target: Int
    /// Texts a request asks for.
    var perCall: Int
    /// Requests made at most.
    var mostRequests: Int

    init(
        _ kind: GenerationKind, _ category: String?, target: Int, perCall: Int, factor: Double
    ) {
        self.kind = kind
        self.category = category
        self.target = target
        self.perCall = max(1, min(perCall, target))
        let needed = (target + self.perCall - 1) / self.perCall
        mostRequests = Int((Double(needed) * factor).rounded(.up))
    }

    /// `spam, hard negatives`.
    var words: String {
        let kind = kind.rawValue.split(separator: "_").joined(separator: " ")
        return category.map { "\($0), \(kind)" } ?? kind
    }

    /// `hard_negatives.spam`, for statistics.
    var key: String { category.map { "\(kind.rawValue).\($0)" } ?? kind.rawValue }
}

/// One request: a pure function of (seed, stage, category, kind, number).
struct GenerationRequest: Sendable {
    var task: Int
    var number: Int
    /// One or two categories of which every text shall be; none for innocuous texts.
    var categories: [String]
    /// Drawn ingredients, by the template's variables.
    var ingredients: [String: String]
    /// Texts of the dataset to learn from.
    var examples: [String]
}
