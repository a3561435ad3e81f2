public import Records

/// How the rows that hold one key phrase are labelled and scored.
///
/// Markov et al. 2023, section 3.5, report such counts of phrases a model over-fitted to: a phrase
/// in 21 training rows, 17 of them undesired. A harmless phrase of few rows, a high positive share
/// and a high mean score calls for harmless texts that hold it.
public struct KeyPhrase: Sendable, Equatable {
    /// Rows that hold the phrase.
    public let rows: Int
    public let positives: Int
    public let negatives: Int
    /// Rows whose label is unknown: in neither count.
    public let unknown: Int
    /// The mean score of the rows, nil without one.
    public let meanScore: Double?

    /// The share of the known labels that are positive, 0...1; nil when none is known.
    public var positiveShare: Double? {
        positives + negatives == 0 ? nil : Double(positives) / Double(positives + negatives)
    }

    /// Counts the rows at `members`, each once.
    ///
    /// - Parameters:
    ///   - labels: the labels of all rows in one category.
    ///   - scores: the scores of all rows there.
    /// - Throws: `badData` when a row lies outside the labels; `badData` unless labels and scores
    ///   are as many and every score is a number.
    public init(members: [Int], labels: [Int8], scores: [Double]) throws(Fault) {
        try requireScores(scores, matching: labels)
        guard members.allSatisfy(labels.indices.contains) else {
            throw Fault(.badData, "a key phrase's row lies outside the labels")
        }
        let own = Array(Set(members)).sorted()
        rows = own.count
        positives = own.filter { labels[$0] == 1 }.count
        negatives = own.filter { labels[$0] == 0 }.count
        unknown = own.filter { labels[$0] < 0 }.count
        var sum = 0.0
        for row in own { sum += scores[row] }
        meanScore = own.isEmpty ? nil : sum / Double(own.count)
    }
}
