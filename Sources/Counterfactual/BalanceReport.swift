/// Counts over contrast sets and the gates of the reference, 2.6: exact, no model needed.
public struct BalanceReport: Sendable {
    public struct TokenOdds: Sendable, Equatable {
        public let token: String
        /// log(P(token | undesired) / P(token | safe)), both counts plus one half.
        public let logOdds: Double
    }

    public private(set) var sets = 0
    public private(set) var rows = 0
    /// Rows of each cell and concept.
    public private(set) var concepts: [Cell: [String: Int]] = [:]
    /// Rows of each cell and predicate.
    public private(set) var predicates: [Cell: [String: Int]] = [:]
    public private(set) var templates: [String: Int] = [:]
    /// Pairs of article and word that are wrong.
    public private(set) var articleErrors: [String] = []
    private var undesiredTokens: [String: Int] = [:]
    private var safeTokens: [String: Int] = [:]
    private var labelled = (undesired: 0, safe: 0)

    public init() {}

    public mutating func add(_ set: ContrastSet) {
        sets += 1
        for row in set.rows {
            rows += 1
            concepts[row.cell, default: [:]][row.subjectConcept, default: 0] += 1
            predicates[row.cell, default: [:]][row.predicate, default: 0] += 1
            templates[row.template, default: 0] += 1
            articleErrors += ArticleLint.errors(in: row.text)
            guard let isUndesired = row.isUndesired else { continue }
            let tokens = Set(row.text.lowercased().split { !$0.isLetter && $0 != "-" })
            for token in tokens {
                if isUndesired {
                    undesiredTokens[String(token), default: 0] += 1
                } else {
                    safeTokens[String(token), default: 0] += 1
                }
            }
            if isUndesired { labelled.undesired += 1 } else { labelled.safe += 1 }
        }
    }

    /// Share of a concept's labelled group rows in GN, G'N: equal for every group when balanced.
    public func undesiredShare(ofGroup concept: String) -> Double? {
        let negative = count(.gn, concept) + count(.hn, concept)
        let all = negative + count(.gp, concept) + count(.hp, concept)
        return all == 0 ? nil : Double(negative) / Double(all)
    }

    /// The tokens that tell most about the label, strongest first.
    public func strongestTokens(_ limit: Int = 20) -> [TokenOdds] {
        let tokens = Set(undesiredTokens.keys).union(safeTokens.keys)
        return tokens.map { token in
            let bad = (Double(undesiredTokens[token] ?? 0) + 0.5) / (Double(labelled.undesired) + 1)
            let good = (Double(safeTokens[token] ?? 0) + 0.5) / (Double(labelled.safe) + 1)
            return TokenOdds(token: token, logOdds: LogOdds.log(bad / good))
        }
        .sorted { (abs($1.logOdds), $0.token) < (abs($0.logOdds), $1.token) }
        .prefix(limit).map { $0 }
    }

    /// Tokens of undesired rows that no safe row has.
    public var exclusiveTokens: [String] {
        undesiredTokens.keys.filter { safeTokens[$0] == nil }.sorted()
    }

    /// The gates that fail, each as a sentence; empty when all hold.
    ///
    /// - Parameters:
    ///   - axes: the axis of each group concept.
    ///   - maximumTemplateShare: of all rows; 0.05 is the reference's (2.6).
    public func failures(
        axes: [String: String], maximumTemplateShare: Double = 0.05
    ) -> [String] {
        var failures: [String] = []
        for cell in [Cell.gn, .gp] {
            for axis in Set(axes.values).sorted() {
                let counts = axes.keys.filter { axes[$0] == axis }.map { count(cell, $0) }
                let spread = (counts.max() ?? 0) - (counts.min() ?? 0)
                if spread > 1 {
                    failures.append("\(cell.rawValue) counts of axis \(axis) differ by \(spread)")
                }
            }
        }
        let shares = axes.keys.compactMap { undesiredShare(ofGroup: $0) }
        if let low = shares.min(), let high = shares.max(), high > low {
            failures.append("the undesired share differs between groups: \(low) to \(high)")
        }
        for (one, other) in [(Cell.gn, Cell.on), (.gp, .op)]
        where predicates[other] != nil && predicates[one] != predicates[other] {
            failures.append("predicates differ between \(one.rawValue) and \(other.rawValue)")
        }
        if !exclusiveTokens.isEmpty {
            failures.append("\(exclusiveTokens.count) tokens stand in undesired rows only")
        }
        for (template, count) in templates.sorted(by: { $0.key < $1.key })
        where Double(count) > maximumTemplateShare * Double(rows) {
            failures.append("template `\(template)` makes \(count) of \(rows) rows")
        }
        if !articleErrors.isEmpty { failures.append("\(articleErrors.count) article errors") }
        return failures
    }

    private func count(_ cell: Cell, _ concept: String) -> Int { concepts[cell]?[concept] ?? 0 }
}
