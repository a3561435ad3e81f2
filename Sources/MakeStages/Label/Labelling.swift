internal import Pipeline
internal import Records

/// What a labeller says of one text.
struct LabelAnswer: Sendable, Equatable {
    /// Of the taxonomy's categories alone; one that is absent stays unknown.
    var labels: [String: Bool]
    /// How sure the labeller is of all labels together, 0…1; nil when it does not say.
    var confidence: Double?
    /// Whether it says so in a way that nobody can read.
    var hasUnreadConfidence = false
    var attributes: [String: String] = [:]
    /// Probabilities or risks by category, where the labeller has any.
    var scores: [String: Double] = [:]
    var model: String?
    /// The ledger key of the reply, in hexadecimal.
    var reply: String?
    /// Whether the labels come from models of this dataset's own labelled rows.
    var isPseudoLabel = false
}

/// A labeller's word on one text, or why it has none.
enum LabellerVerdict: Sendable {
    case answer(LabelAnswer)
    /// The next labeller takes the row; the reason is a counter's name.
    case pass(String)
    /// The next labeller takes the row, since what came was no answer; the reason is a code.
    case failed(String)
    /// The provider declined: a sign of its own, and a pass.
    case refused
}

/// One element of `labellers`, ready to work.
protocol Labeller: Sendable {
    /// What `labelled_by` says.
    var name: String { get }
    /// Whether its answers come from elsewhere, so that several are waited for at once.
    var isRemote: Bool { get }
    func label(_ row: Row) async throws(Fault) -> LabellerVerdict
}

extension LabelAnswer {
    /// Whether the labeller is sure enough; one that does not say passes no minimum above 0.
    func reaches(_ minimum: Double) -> Bool { (confidence ?? 0) >= minimum }

    /// The smallest of each category's own certainty: as sure as of the least sure label.
    static func confidence(of scores: [String: Double]) -> Double {
        scores.values.reduce(1) { min($0, max($1, 1 - $1)) }
    }
}

/// What of a taxonomy the labellers need.
struct LabelSpace: Sendable {
    let taxonomy: Taxonomy

    var ids: [String] { taxonomy.categories.map(\.id) }

    /// The labels with every implied parent set; nil when a single-label taxonomy got not exactly
    /// one category.
    func closed(_ labels: [String: Bool]) -> [String: Bool]? {
        let positives = ids.filter { labels[$0] == true }
        if taxonomy.isSingleLabel, positives.count != 1 { return nil }
        var labels = labels
        for id in positives {
            for parent in taxonomy.closure(of: id) { labels[parent] = true }
        }
        return labels
    }

    /// Labels out of scores, the highest alone where a text has exactly one category.
    ///
    /// - Parameter otherwise: The category of a text that reaches the threshold in no other.
    func labels(
        from scores: [String: Double], threshold: Double, otherwise: String? = nil
    ) -> [String: Bool] {
        guard taxonomy.isSingleLabel else {
            var labels = scores.mapValues { $0 >= threshold }
            if let otherwise {
                labels[otherwise] = !labels.contains { $0.key != otherwise && $0.value }
            }
            return labels
        }
        var best: (id: String, score: Double)?
        for id in ids {
            guard let score = scores[id], score >= threshold else { continue }
            if best.map({ score > $0.score }) ?? true { best = (id, score) }
        }
        guard let winner = best?.id ?? otherwise else { return [:] }
        return Dictionary(uniqueKeysWithValues: ids.map { ($0, $0 == winner) })
    }
}
