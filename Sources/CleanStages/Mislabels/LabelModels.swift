internal import Records
internal import StageKit
internal import Vectors

/// What models and neighbours say of some rows, none of which they learnt from.
struct Witnesses: Sendable {
    /// The rows, by their numbers.
    let rows: [Int32]
    /// What each kind of model of the vectors says, in the order of the kinds.
    let vectors: [HeldOutProbabilities]
    let nGrams: HeldOutProbabilities
    let neighbours: NeighbourTable
}

/// How models of the vectors are fitted.
struct VectorModelKind: Sendable {
    let isBalanced: Bool
    /// Whether a model sees the row's other labels beside its vector: a label that does not go with
    /// the others is suspicious whatever the text.
    var seesOtherLabels = false

    /// scikit-learn's tolerance, enough for a ranking: tighter ones take three times as long and
    /// change no flag on the sets tried.
    private static let tolerance = 1e-4

    var settings: LogisticSettings {
        LogisticSettings(isBalanced: isBalanced, tolerance: Self.tolerance)
    }
}

/// Models of the training rows, for each fold those of all other folds, and the cells of an index
/// in which training rows are found as neighbours.
///
/// They judge rows that are no training rows: see ``RowScorer``.
struct LabelModels: Portable {
    fileprivate let vectors: [FoldModels]
    fileprivate let nGrams: SparseFoldModels
    fileprivate let frequencies: InverseFrequencies
    fileprivate let centres: [[Float]]
    fileprivate let members: [[Int32]]

    func write(to bytes: inout PortableWriter) {
        vectors.write(to: &bytes)
        nGrams.write(to: &bytes)
        frequencies.write(to: &bytes)
        centres.write(to: &bytes)
        members.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        vectors = try [FoldModels](from: &bytes)
        nGrams = try SparseFoldModels(from: &bytes)
        frequencies = try InverseFrequencies(from: &bytes)
        centres = try [[Float]](from: &bytes)
        members = try [[Int32]](from: &bytes)
    }
}

extension LabelModels {
    /// What models are fitted on.
    struct Examples: Sendable {
        let matrix: Matrix
        /// The training rows.
        let training: TrainingRows
        /// The words and characters of the training rows.
        let terms: TermCounts
        /// The labels and the folds of the training rows.
        let labels: LabelTable
        let folds: [Int32]
        /// The group of every row.
        let groups: [Int32]
        let settings: MislabelSettings
        let seed: UInt64
        let jobs: Int
    }

    /// Fits models, and has the training rows judged by those of the folds without them.
    ///
    /// - Returns: nil models where all rows are training rows: there is nobody left to judge.
    static func learn(
        _ examples: Examples, _ kinds: [VectorModelKind]
    ) async throws(Fault) -> (models: LabelModels?, witnesses: Witnesses) {
        let numbers = examples.training.numbers
        let (labels, folds, jobs) = (examples.labels, examples.folds, examples.jobs)
        var vectors: [FoldModels] = []
        var held: [HeldOutProbabilities] = []
        for kind in kinds {
            let (matrix, rows) =
                kind.seesOtherLabels
                ? (
                    try examples.matrix.rows(numbers, with: labels),
                    (0..<Int32(numbers.count)).map { $0 }
                ) : (examples.matrix, numbers)
            let columns = examples.matrix.columns
            let models = try await FoldModels.fit(
                matrix: matrix, rows: rows, labels: labels, folds: folds,
                settings: kind.settings,
                excludedColumns: kind.seesOtherLabels
                    ? (0..<labels.categories).map { columns + $0 } : [],
                threads: jobs)
            held.append(await models.heldOut(matrix, rows: rows, folds: folds, threads: jobs))
            vectors.append(models)
        }
        let frequencies = InverseFrequencies(examples.terms)
        let terms = frequencies.rows(examples.terms)
        let nGrams = try SparseFoldModels.fit(terms, labels: labels, folds: folds, threads: jobs)
        let (neighbours, index) = try await neighbours(examples, numbers)
        let witnesses = Witnesses(
            rows: numbers, vectors: held,
            nGrams: nGrams.heldOut(terms, folds: folds, threads: jobs), neighbours: neighbours)
        guard !examples.training.isAll, let index else { return (nil, witnesses) }
        let centres = (0..<index.cells).map { cell in
            index.centreVectors.withRow(cell) { Array($0) }
        }
        return (
            LabelModels(
                vectors: vectors, nGrams: nGrams, frequencies: frequencies, centres: centres,
                members: index.members), witnesses
        )
    }

    private init(
        vectors: [FoldModels], nGrams: SparseFoldModels, frequencies: InverseFrequencies,
        centres: [[Float]], members: [[Int32]]
    ) {
        self.vectors = vectors
        self.nGrams = nGrams
        self.frequencies = frequencies
        self.centres = centres
        self.members = members
    }

    /// The neighbours of the training rows among each other, and the index that found them; every
    /// pair of rows is compared where there are few and all are training rows.
    private static func neighbours(
        _ examples: Examples, _ numbers: [Int32]
    ) async throws(Fault) -> (NeighbourTable, NeighbourIndex?) {
        let units = try UnitRows(examples.matrix)
        let settings = examples.settings
        if examples.training.isAll, units.count <= settings.neighboursLimitRows {
            return (
                try await NeighbourTable(
                    comparing: units, width: settings.neighbours, groups: examples.groups,
                    jobs: examples.jobs), nil
            )
        }
        let index = try await NeighbourIndex(
            units, among: numbers, seed: examples.seed, threads: examples.jobs)
        let found = await index.nearest(
            k: settings.neighbours, probes: NeighbourTable.probes, queries: numbers,
            groups: examples.groups, threads: examples.jobs)
        return (NeighbourTable(found, width: settings.neighbours), index)
    }
}

/// The models of ``LabelModels`` beside the vectors of a dataset.
struct RunningModels: Sendable {
    private let models: LabelModels
    private let kinds: [VectorModelKind]
    private let matrix: Matrix
    private let index: NeighbourIndex

    init(_ models: LabelModels, _ kinds: [VectorModelKind], _ matrix: Matrix) throws(Fault) {
        self.models = models
        self.kinds = kinds
        self.matrix = matrix
        index = try NeighbourIndex(
            UnitRows(matrix), centres: Matrix(models.centres), members: models.members
        ).withCopies()
    }

    /// What the models say of some rows.
    ///
    /// - Parameters:
    ///   - terms: The words and characters of these rows.
    ///   - labels: Their labels.
    ///   - folds: Their folds.
    ///   - groups: The group of every row.
    func witnesses(
        _ rows: [Int32], terms: TermCounts, labels: LabelTable, folds: [Int32],
        groups: [Int32], neighbours width: Int
    ) async throws(Fault) -> Witnesses {
        var vectors: [HeldOutProbabilities] = []
        for (kind, models) in zip(kinds, models.vectors) {
            let (matrix, places) =
                kind.seesOtherLabels
                ? (try matrix.rows(rows, with: labels), (0..<Int32(rows.count)).map { $0 })
                : (matrix, rows)
            vectors.append(await models.heldOut(matrix, rows: places, folds: folds))
        }
        return Witnesses(
            rows: rows, vectors: vectors,
            nGrams: models.nGrams.heldOut(models.frequencies.rows(terms), folds: folds),
            neighbours: neighbours(of: rows, groups: groups, width))
    }

    func neighbours(of rows: [Int32], groups: [Int32], _ width: Int) -> NeighbourTable {
        NeighbourTable(
            index.nearest(k: width, probes: NeighbourTable.probes, to: rows[...], groups: groups),
            width: width)
    }
}

extension Matrix {
    /// Some rows with a column of labels behind their own for each category: 1 and 0, and one half
    /// for unknown.
    ///
    /// - Parameter labels: Those of `rows`.
    fileprivate func rows(
        _ rows: [Int32], with labels: LabelTable
    ) throws(Fault) -> Matrix {
        let width = columns + labels.categories
        var values = [Float](repeating: 0, count: rows.count * width)
        for (place, row) in rows.enumerated() {
            let start = place * width
            withRow(Int(row)) { numbers in
                for (at, number) in numbers.enumerated() { values[start + at] = number }
            }
            for (category, column) in labels.columns.enumerated() {
                values[start + columns + category] =
                    column[place] < 0 ? 0.5 : Float(column[place])
            }
        }
        return try Matrix(rows: rows.count, columns: width, values: values)
    }
}
