internal import Records
internal import StageKit
internal import Vectors

/// What both ways of judging labels work with: vectors, n-grams, folds and neighbours.
struct Evidence: Sendable {
    let matrix: Matrix
    private let nGrams: SparseRows
    let labels: LabelTable
    /// Each row's fold; empty when there are too few groups for two.
    let folds: [Int32]
    let neighbours: NeighbourTable?
    let settings: MislabelSettings
    let jobs: Int

    /// scikit-learn's tolerance, enough for a ranking: tighter ones take three times as long and
    /// change no flag on the sets tried.
    private static let tolerance = 1e-4

    init(
        matrix: Matrix, terms: TermCounts, labels: LabelTable, groups: RowGroups,
        settings: MislabelSettings, seed: UInt64, jobs: Int
    ) async throws(Fault) {
        self.matrix = matrix
        nGrams = terms.tfIDF()
        self.labels = labels
        self.settings = settings
        self.jobs = jobs
        let folds = min(settings.folds, groups.count)
        if folds < 2 {
            self.folds = []
            neighbours = nil
            return
        }
        let stratification = try Stratification(folds: folds, seed: seed, attempts: 2)
        self.folds = try stratification.assign(LabelRows(labels), groups: groups.ids)
        neighbours = try await NeighbourTable(
            UnitRows(matrix), width: settings.neighbours, groups: groups.ids,
            exactRows: settings.neighboursLimitRows, seed: seed, jobs: jobs)
    }

    /// Probabilities of every row by models of the other folds' vectors.
    func heldOut(
        _ table: LabelTable, isBalanced: Bool
    ) async throws(Fault) -> HeldOutProbabilities {
        try await .crossScored(
            matrix: matrix, labels: table, folds: folds, settings: Self.settings(isBalanced),
            threads: jobs)
    }

    /// Probabilities of every row by balanced models of the other folds' n-grams.
    func heldOutByNGrams(_ table: LabelTable) throws(Fault) -> HeldOutProbabilities {
        try .crossScored(sparse: nGrams, labels: table, folds: folds, threads: jobs)
    }

    /// Probabilities of every row by models that see the row's other labels beside its vector: a
    /// label that does not go with the others is suspicious whatever the text.
    func heldOutWithOtherLabels(
        _ table: LabelTable, isBalanced: Bool
    ) async throws(Fault) -> HeldOutProbabilities {
        if table.categories < 2 { return try await heldOut(table, isBalanced: isBalanced) }
        let columns = matrix.columns
        return try await .crossScored(
            matrix: matrix.appending(table), labels: table, folds: folds,
            settings: Self.settings(isBalanced),
            excludedColumns: (0..<table.categories).map { columns + $0 }, threads: jobs)
    }

    private static func settings(_ isBalanced: Bool) -> LogisticSettings {
        LogisticSettings(isBalanced: isBalanced, tolerance: tolerance)
    }

    /// How many of `judged` labels `lowest` stands for.
    func lowestCount(of judged: Int) -> Int {
        settings.lowest < 1
            ? Int((settings.lowest * Double(judged)).rounded(.up))
            : min(judged, Int(settings.lowest))
    }

    /// The `lowest` rows: those of the highest suspicion; of equals the earlier.
    func lowest(_ scores: [Double?], among rows: [Int]) -> [Int] {
        let ranked = rows.compactMap { row in scores[row].map { (-$0, row) } }.sorted { $0 < $1 }
        return ranked.prefix(lowestCount(of: ranked.count)).map(\.1)
    }
}

extension ConfidentJoint {
    /// The share of labels that are wrong by the joint, 0...1; 0 without any.
    var noise: Double {
        var (wrong, all) = (0, 0)
        for (given, counts) in calibrated.enumerated() {
            for (actual, count) in counts.enumerated() {
                all += count
                if given != actual { wrong += count }
            }
        }
        return all > 0 ? Double(wrong) / Double(all) : 0
    }
}

extension Matrix {
    /// The matrix with a column of labels behind its own for each category: 1 and 0, and one half
    /// for unknown.
    fileprivate func appending(_ labels: LabelTable) throws(Fault) -> Matrix {
        let width = columns + labels.categories
        var values = [Float](repeating: 0, count: rows * width)
        for row in 0..<rows {
            let start = row * width
            withRow(row) { numbers in
                for (at, number) in numbers.enumerated() { values[start + at] = number }
            }
            for (category, column) in labels.columns.enumerated() {
                values[start + columns + category] = column[row] < 0 ? 0.5 : Float(column[row])
            }
        }
        return try Matrix(rows: rows, columns: width, values: values)
    }
}
