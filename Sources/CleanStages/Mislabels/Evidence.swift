internal import Records
internal import StageKit
internal import Vectors

/// What both ways of judging labels work with: vectors, folds and neighbours.
struct Evidence: Sendable {
    let matrix: Matrix
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
        matrix: Matrix, labels: LabelTable, groups: RowGroups, settings: MislabelSettings,
        seed: UInt64, jobs: Int
    ) async throws(Fault) {
        self.matrix = matrix
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

    /// Probabilities of every row by balanced models (C = 1) of the other folds.
    func heldOut(_ table: LabelTable) async throws(Fault) -> HeldOutProbabilities {
        try await .crossScored(
            matrix: matrix, labels: table, folds: folds,
            settings: LogisticSettings(isBalanced: true, tolerance: Self.tolerance), threads: jobs)
    }

    /// The mean rank by both witnesses of labels whose own probabilities are given.
    ///
    /// - Parameters:
    ///   - labels: 1, 0 or -1 a row; the labels that are judged.
    ///   - positive: The probability of 1.
    func suspicion(
        _ labels: [Int8], positive: [Double], disagreement: [Double?]
    ) throws(Fault) -> [Double?] {
        try Suspicion(
            labels: LabelTable(rows: labels.count, columns: [labels]),
            probabilities: HeldOutProbabilities(assertedOutOfSample: [positive]),
            disagreement: [disagreement]
        ).scores[0]
    }

    /// How many of `judged` labels `lowest` stands for.
    func lowestCount(of judged: Int) -> Int {
        settings.lowest < 1
            ? Int((settings.lowest * Double(judged)).rounded(.up))
            : min(judged, Int(settings.lowest))
    }

    /// The rows of the `lowest` scores; of equals the earlier.
    func lowest(_ scores: [Double?], among rows: [Int]) -> [Int] {
        let ranked = rows.compactMap { row in scores[row].map { ($0, row) } }.sorted { $0 < $1 }
        return ranked.prefix(lowestCount(of: ranked.count)).map(\.1)
    }
}
