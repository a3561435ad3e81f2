internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// One logistic model a category, fitted on the rows of a dataset that are labelled.
///
/// Logistic regression, balanced classes, L2 (scikit-learn's `LogisticRegression`, C = 1).
struct LinearModels: Sendable {
    /// What each labeller's labels are to reach, and its floors by category.
    let floors: [String: (precision: Double, categories: [String: CategoryFloors])]
    /// Rows whose labels are pseudo-labels of an earlier run, and teach nothing.
    let earlier: Int
    private let matrix: Matrix
    /// The categories that had both kinds of row to learn from, and their models.
    private let models: [(category: Int, id: String, model: LogisticModel)]
    private let heldOut: HeldOutLabels?
    /// Each row's place among those that the models learnt from, -1 for the others.
    private let places: [Int32]
    private let isBlind: [Bool]

    /// - Parameters:
    ///   - tied: Every row's labels before the stage, and the rows that share wording.
    ///   - isPseudo: Whether a row's labels come from such models already.
    ///   - precisions: What each labeller's labels are to reach, by its name.
    /// - Throws: `badData` for vectors that do not fit the rows.
    init(
        _ tied: TiedRows, isPseudo: [Bool], matrix: Matrix, space: LabelSpace,
        precisions: [String: Double], seed: UInt64, threads: Int
    ) async throws(Fault) {
        self.matrix = matrix
        isBlind = tied.rows.isBlind
        earlier = isPseudo.count { $0 }
        let rows = (0..<tied.rows.count).filter {
            tied.rows.isLabelled($0) && !tied.rows.isBlind[$0] && !isPseudo[$0]
        }
        var places = [Int32](repeating: -1, count: tied.rows.count)
        for (place, row) in rows.enumerated() { places[row] = Int32(place) }
        self.places = places
        let labels = try Self.table(tied.rows, rows, space)
        let own = rows.count == matrix.rows ? matrix : try matrix.rows(rows)
        let settings = LogisticSettings(isBalanced: true)
        let fitted = try await OneVersusRest.fit(
            matrix: own, labels: labels, settings: settings, threads: threads)
        let ids = space.ids
        models = ids.indices.filter { fitted.models[$0].supported }
            .map { ($0, ids[$0], fitted.models[$0]) }
        let groups = rows.map { tied.groups.ids[$0] }
        let isOneGroup = groups.allSatisfy { $0 == groups[0] }
        heldOut =
            models.isEmpty || isOneGroup
            ? nil
            : try await HeldOutLabels(
                own, labels, groups: groups, isSynthetic: rows.map { tied.rows.isSynthetic[$0] },
                isSingleLabel: space.taxonomy.isSingleLabel, settings: settings, seed: seed,
                threads: threads)
        var floors: [String: (precision: Double, categories: [String: CategoryFloors])] = [:]
        for (name, precision) in precisions {
            guard let found = try heldOut?.floors(precision: precision) else {
                floors[name] = (precision, [:])
                continue
            }
            floors[name] = (precision, Dictionary(zip(ids, found)) { first, _ in first })
        }
        self.floors = floors
    }

    /// The labels of `rows` in the taxonomy's categories; where a row has exactly one category, it
    /// is known to be none of the others.
    private static func table(
        _ labelled: LabelledRows, _ rows: [Int], _ space: LabelSpace
    ) throws(Fault) -> LabelTable {
        let names = labelled.categories(declared: space.ids)
        let all = try labelled.table(names)
        let columns = space.ids.map { id in
            let column = names.firstIndex(of: id).map { all.columns[$0] } ?? []
            return rows.map { column[$0] }
        }
        let table = try LabelTable(rows: rows.count, columns: columns)
        return space.taxonomy.isSingleLabel ? table.completedByExclusion() : table
    }

    /// Whether there is a model of any category.
    var isEmpty: Bool { models.isEmpty }

    /// Whether the embedding model does not know the row's words, so that its vector says nothing.
    func isBlind(_ row: Int) -> Bool { isBlind[row] }

    /// The probability of each category that could be learnt, by models that did not see the row:
    /// a label that they learnt from would otherwise vouch for itself.
    func scores(of row: Int) -> [String: Double] {
        let place = Int(places[row])
        var scores: [String: Double] = [:]
        for (category, id, model) in models {
            scores[id] =
                place < 0
                ? model.probability(matrix, row) : heldOut?.probability(category, place)
        }
        return scores
    }
}
