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
    let vectors: [FoldModels]
    let nGrams: SparseFoldModels
    let frequencies: InverseFrequencies
    let centres: [[Float]]
    let members: [[Int32]]

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
    /// What models are fitted on: the training rows.
    struct Examples: Sendable {
        /// Their numbers among all rows.
        let numbers: [Int32]
        /// Whether there are no other rows.
        let isAll: Bool
        let matrix: Matrix
        /// Words and characters.
        let terms: TermCounts
        let labels: LabelTable
        let folds: [Int32]
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
        let (labels, folds, jobs) = (examples.labels, examples.folds, examples.jobs)
        let rows = (0..<Int32(examples.numbers.count)).map { $0 }
        var vectors: [FoldModels] = []
        var held: [HeldOutProbabilities] = []
        for kind in kinds {
            let own = examples.matrix
            let matrix = try kind.seesOtherLabels ? own.rows(rows, with: labels) : own
            let models = try await FoldModels.fit(
                matrix: matrix, labels: labels, folds: folds, settings: kind.settings,
                excludedColumns: kind.seesOtherLabels
                    ? (0..<labels.categories).map { own.columns + $0 } : [],
                threads: jobs)
            held.append(await models.heldOut(matrix, folds: folds, threads: jobs))
            vectors.append(models)
        }
        let frequencies = InverseFrequencies(examples.terms)
        let terms = frequencies.rows(examples.terms)
        let nGrams = try SparseFoldModels.fit(terms, labels: labels, folds: folds, threads: jobs)
        let (neighbours, index) = try await neighbours(examples)
        let witnesses = Witnesses(
            rows: examples.numbers, vectors: held,
            nGrams: nGrams.heldOut(terms, folds: folds, threads: jobs), neighbours: neighbours)
        guard !examples.isAll, let index else { return (nil, witnesses) }
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
    /// pair of rows is compared where there are few.
    private static func neighbours(
        _ examples: Examples
    ) async throws(Fault) -> (NeighbourTable, NeighbourIndex?) {
        let (settings, groups) = (examples.settings, examples.groups)
        let units = try UnitRows(examples.matrix)
        if examples.isAll, units.count <= settings.neighboursLimitRows {
            let table = try await NeighbourTable(
                comparing: units, width: settings.neighbours, groups: groups,
                jobs: examples.jobs)
            return (table, nil)
        }
        let index = try await NeighbourIndex(units, seed: examples.seed, threads: examples.jobs)
        let found = await index.nearest(
            k: settings.neighbours, probes: NeighbourTable.probes, groups: groups,
            threads: examples.jobs)
        let table = NeighbourTable(found, width: settings.neighbours) { examples.numbers[$0] }
        return (table, index)
    }
}
