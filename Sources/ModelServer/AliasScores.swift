internal import Text

/// Scores of the categories of other taxonomies, from those that have lexicons.
struct AliasScores: Sendable {
    /// In the order of the file; a category of several taxonomies is the first one's.
    private let taxonomies: [LexiconAliases.Names]

    init(_ aliases: LexiconAliases) { taxonomies = aliases.taxonomies }

    /// The score of every alias, from the lexicons' own.
    func scores(_ own: [String: Double]) -> [(name: String, score: Double)] {
        var result: [(name: String, score: Double)] = []
        for names in taxonomies {
            var highest = 0.0
            var first = result.count
            for rule in names.rules {
                let parts = rule.lexicons.compactMap { own[$0] }
                guard let score = rule.risk(parts) else { continue }
                highest = max(highest, score)
                result.append((rule.category, score))
            }
            if let otherwise = names.otherwise {
                // It is what nothing else is: below the threshold as soon as another reaches it.
                let rest = 1 - highest
                let isTaken = highest >= Labelling.threshold
                result.append((otherwise, isTaken ? min(rest, 1 - Self.above) : rest))
            }
            while first < result.count {
                if result[..<first].contains(where: { $0.name == result[first].name }) {
                    result.remove(at: first)
                } else {
                    first += 1
                }
            }
        }
        return result
    }

    /// The smallest number above the threshold.
    private static let above = Labelling.threshold.nextUp
}
