public import Records

/// Probabilities of rows by models that were not trained on them.
///
/// A type of its own, so that mislabel detection cannot be handed in-sample scores, which hide
/// just the wrong labels that a model has learnt by heart.
public struct HeldOutProbabilities: Sendable, Equatable {
    /// Category → row → probability of a positive, 0...1.
    public let columns: [[Double]]
    /// Category → row → log-odds of a positive, the models' own where they were fitted here.
    public let logits: [[Double]]
    /// The fold of each row; empty when the probabilities come from elsewhere.
    public let folds: [Int32]
    /// Category → the folds whose model had one label value only, ascending: the probability there
    /// is a constant and says nothing about a row.
    public let unsupportedFolds: [[Int32]]

    public var rows: Int { columns.first?.count ?? 0 }

    /// Probabilities of another program; the caller vouches for their being out of sample.
    ///
    /// Throws `badData` when one is not within 0...1 or the columns differ in length.
    public init(assertedOutOfSample columns: [[Double]]) throws(Fault) {
        for (category, column) in columns.enumerated() {
            guard column.count == columns[0].count else {
                throw Fault(.badData, "the columns of probabilities differ in length")
            }
            if let row = column.firstIndex(where: { !(0...1).contains($0) }) {
                throw Fault(
                    .badData, "a probability does not lie within 0 and 1",
                    why: "category \(category), row \(row)")
            }
        }
        self.columns = columns
        logits = columns.map { $0.map(StableMath.logit) }
        folds = []
        unsupportedFolds = columns.map { _ in [] }
    }

    init(logits: [[Double]], folds: [Int32], unsupportedFolds: [[Int32]]) {
        self.logits = logits
        columns = logits.map { $0.map(StableMath.sigmoid) }
        self.folds = folds
        self.unsupportedFolds = unsupportedFolds
    }

    /// Whether the model behind each probability of a category had both label values to learn from.
    public func supported(category: Int) -> [Bool] {
        let bad = unsupportedFolds[category]
        if bad.isEmpty { return [Bool](repeating: true, count: rows) }
        return folds.map { !bad.contains($0) }
    }

    /// The labels with those the probabilities cannot judge made unknown.
    func judged(_ labels: LabelTable) throws(Fault) -> [[Int8]] {
        guard labels.categories == columns.count, columns.allSatisfy({ $0.count == labels.rows })
        else {
            throw Fault(.badData, "labels and probabilities differ in their shape")
        }
        return labels.columns.enumerated().map { category, column in
            zip(column, supported(category: category)).map { $1 ? $0 : LabelTable.unknown }
        }
    }
}
