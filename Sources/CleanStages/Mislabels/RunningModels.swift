internal import Records
internal import StageKit
internal import Vectors

/// The models of ``LabelModels`` beside the vectors of a dataset.
struct RunningModels: Sendable {
    private let models: LabelModels
    private let kinds: [VectorModelKind]
    private let matrix: Matrix
    /// The training rows' numbers and groups, in the order of the index.
    private let numbers: [Int32]
    private let trainingGroups: [Int32]
    private let groups: [Int32]
    private let index: NeighbourIndex

    /// - Parameters:
    ///   - matrix: The vectors of all rows.
    ///   - groups: The group of every row.
    init(
        _ models: LabelModels, _ kinds: [VectorModelKind], _ matrix: Matrix,
        _ training: TrainingRows, groups: [Int32]
    ) throws(Fault) {
        self.models = models
        self.kinds = kinds
        self.matrix = matrix
        self.groups = groups
        let numbers = training.numbers
        self.numbers = numbers
        trainingGroups = numbers.map { groups[Int($0)] }
        index = try NeighbourIndex(
            UnitRows(matrix.rows(numbers)), centres: Matrix(models.centres),
            members: models.members
        ).withCopies()
    }

    /// What the models say of some rows, which are no training rows.
    ///
    /// - Parameters:
    ///   - rows: Their numbers, ascending.
    ///   - terms: The words and characters of these rows.
    ///   - labels: Their labels.
    ///   - folds: Their folds.
    func witnesses(
        _ rows: [Int32], terms: TermCounts, labels: LabelTable, folds: [Int32],
        neighbours width: Int
    ) async throws(Fault) -> Witnesses {
        let own = try matrix.rows(rows)
        let places = (0..<Int32(rows.count)).map { $0 }
        var vectors: [HeldOutProbabilities] = []
        for (kind, models) in zip(kinds, models.vectors) {
            let matrix = try kind.seesOtherLabels ? own.rows(places, with: labels) : own
            vectors.append(await models.heldOut(matrix, folds: folds))
        }
        return Witnesses(
            rows: rows, vectors: vectors,
            nGrams: models.nGrams.heldOut(models.frequencies.rows(terms), folds: folds),
            neighbours: try neighbours(of: rows, own, width))
    }

    /// The neighbours of rows that are no training rows.
    func neighbours(of rows: [Int32], _ width: Int) throws(Fault) -> NeighbourTable {
        try neighbours(of: rows, try matrix.rows(rows), width)
    }

    private func neighbours(
        of rows: [Int32], _ vectors: Matrix, _ width: Int
    ) throws(Fault) -> NeighbourTable {
        let found = index.nearest(
            k: width, probes: NeighbourTable.probes, to: try UnitRows(vectors),
            queryGroups: rows.map { groups[Int($0)] }, groups: trainingGroups)
        return NeighbourTable(found, width: width) { numbers[$0] }
    }
}

extension Matrix {
    /// Some rows with a column of labels behind their own for each category: 1 and 0, and one half
    /// for unknown.
    ///
    /// - Parameter labels: Those of `rows`.
    func rows(
        _ rows: [Int32], with labels: LabelTable
    ) throws(Fault) -> Matrix {
        let width = columns + labels.categories
        var values = [Float](repeating: 0, count: rows.count * width)
        forEachRow(of: rows) { place, row in
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
