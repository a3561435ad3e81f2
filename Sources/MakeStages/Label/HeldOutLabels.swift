internal import Records
internal import Vectors

/// Labels of rows, and what models that had not seen these rows say.
struct HeldOutLabels: Sendable {
    let labels: LabelTable
    /// Whether a row has exactly one category.
    let isSingleLabel: Bool
    private let groups: [Int32]
    private let isSynthetic: [Bool]
    private let probabilities: HeldOutProbabilities

    /// Parts of the rows, each scored by models of the others.
    private static let folds = 5

    /// - Parameters:
    ///   - groups: Rows of one group share a fold; there are two groups or more.
    ///   - isSynthetic: Whether a program wrote a row's text: it teaches, and shows nothing of how
    ///     right labels of other texts are.
    /// - Throws: As ``Stratification`` and ``FoldModels``.
    init(
        _ matrix: Matrix, _ labels: LabelTable, groups: [Int32], isSynthetic: [Bool],
        isSingleLabel: Bool, settings: LogisticSettings, seed: UInt64, threads: Int
    ) async throws(Fault) {
        let assigned = try Stratification(
            folds: min(Self.folds, Set(groups).count), seed: seed, attempts: 2
        ).assign(LabelRows(labels), groups: groups)
        let models = try await FoldModels.fit(
            matrix: matrix, labels: labels, folds: assigned, settings: settings, threads: threads)
        probabilities = await models.heldOut(matrix, folds: assigned, threads: threads)
        self.labels = labels
        self.groups = groups
        self.isSynthetic = isSynthetic
        self.isSingleLabel = isSingleLabel
    }

    /// The probability of a category; nil where the models of the other folds could not learn it.
    func probability(_ category: Int, _ row: Int) -> Double? {
        let isUnsupported = probabilities.unsupportedFolds[category]
            .contains(probabilities.folds[row])
        return isUnsupported ? nil : probabilities.columns[category][row]
    }

    /// The floors of each category.
    ///
    /// - Parameter precision: What the labels are to reach, 0…1.
    /// - Throws: As ``FloorChoice``.
    func floors(precision: Double) throws(Fault) -> [CategoryFloors] {
        // Where a row has one category, only the likeliest is ever given.
        let winners = isSingleLabel ? (0..<labels.rows).map { likeliest($0) } : []
        var floors: [CategoryFloors] = []
        for category in labels.columns.indices {
            let scores = probabilities.columns[category]
            let known = evidence(category) { !isSingleLabel || winners[$0] == category }
            var found = CategoryFloors()
            if probabilities.unsupportedFolds[category].count < Set(probabilities.folds).count {
                found.one = try FloorChoice(scores: scores, labels: known, precision: precision)
                if !isSingleLabel {
                    found.zero = try FloorChoice(
                        scores: scores.map { 1 - $0 }, labels: known.map { $0 < 0 ? $0 : 1 - $0 },
                        precision: precision)
                }
            }
            floors.append(found)
        }
        return floors
    }

    /// The labels of a category that tell right from wrong, all others unknown.
    ///
    /// Of each group the first counts: copies are one piece of evidence.
    private func evidence(_ category: Int, where isAsked: (Int) -> Bool) -> [Int8] {
        var met: Set<Int32> = []
        let column = labels.columns[category]
        return column.indices.map { row in
            let isEvidence =
                column[row] >= 0 && !isSynthetic[row] && probability(category, row) != nil
                && isAsked(row) && met.insert(groups[row]).inserted
            return isEvidence ? column[row] : LabelTable.unknown
        }
    }

    /// Of equally likely categories the first; nil where none could be learnt.
    private func likeliest(_ row: Int) -> Int? {
        var best: (category: Int, probability: Double)?
        for category in labels.columns.indices {
            guard let probability = probability(category, row) else { continue }
            if best.map({ probability > $0.probability }) ?? true {
                best = (category, probability)
            }
        }
        return best?.category
    }
}
