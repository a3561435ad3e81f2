internal import Records
internal import Vectors

/// Scores of the rows of val and test, the decisions about them and what test makes of both: of
/// one model per category trained on some of the train rows, or of a scorer from elsewhere.
struct FittedRun: Sendable {
    /// Nil for scores from elsewhere.
    let models: OneVersusRest?
    /// The rows of val, then those of test.
    let rows: [Int32]
    let valCount: Int
    /// Category → place in `rows` → probability, or whatever another scorer gives.
    let scores: [[Double]]
    /// Category → place in `rows` → whether the row is decided to have the category.
    let predicted: [[Bool]]
    /// Nil where val tuned nothing.
    let tuned: [TunedThreshold?]
    /// Category → its threshold; nil where several of different value decide.
    let thresholds: [Double?]
    /// Category → whether its threshold was tuned, here or where it comes from.
    let isTuned: [Bool]
    /// Category → what the test rows give.
    let test: [CategoryMetrics]
    /// Row of the dataset → place in `rows`, or -1.
    private let places: [Int32]

    static let defaultThreshold = 0.5

    func testScores(_ category: Int) -> [Double] { Array(scores[category][valCount...]) }
    func testDecisions(_ category: Int) -> [Bool] { Array(predicted[category][valCount...]) }
    func place(of row: Int) -> Int? { places[row] < 0 ? nil : Int(places[row]) }

    /// The mean F1 over the categories with both labels in test; nil when there are none.
    var macroF1: Double? {
        let measured = test.filter(\.isMeasured)
        if measured.isEmpty { return nil }
        return measured.reduce(0) { $0 + $1.confusion.f1 } / Double(measured.count)
    }

    /// The mean average precision over the same categories.
    var macroAveragePrecision: Double? {
        let measured = test.filter(\.isMeasured)
        if measured.isEmpty { return nil }
        return measured.reduce(0) { $0 + $1.averagePrecision } / Double(measured.count)
    }

    static func run(
        _ rows: EvaluationRows, _ matrix: Matrix, settings: EvaluationSettings,
        leavingOut: Set<Provenance.Source>, threads: Int
    ) async throws(Fault) -> FittedRun {
        let train = rows.train.filter { !leavingOut.contains(rows.sources[Int($0)]) }
        let models = try await OneVersusRest.fit(
            matrix: matrix, labels: rows.labels, rows: train, settings: settings.model,
            threads: threads)
        let scores = try await models.probabilities(
            matrix: matrix, rows: rows.val + rows.test, threads: threads)
        return try FittedRun(rows, scores, models: models, tuning: settings.tuning)
    }

    /// Scores whose thresholds are tuned on val.
    ///
    /// - Parameter scores: Category → the rows of val, then those of test → score.
    init(
        _ rows: EvaluationRows, _ scores: [[Double]], models: OneVersusRest? = nil, tuning: Tuning
    ) throws(Fault) {
        var tuned: [TunedThreshold?] = []
        for category in rows.categories.indices {
            tuned.append(
                try tuning.threshold(
                    rows.labels(of: category, rows.val),
                    Array(scores[category][..<rows.val.count])))
        }
        let all = CategoryScores(
            rows.categories.indices.map { [$0] }, scores,
            thresholds: tuned.map { ($0?.threshold ?? tuning.fallback, $0 != nil) })
        try self.init(rows, all, models: models, tuned: tuned)
    }

    /// Scores with decisions of elsewhere.
    init(
        _ rows: EvaluationRows, _ scores: CategoryScores, models: OneVersusRest? = nil,
        tuned: [TunedThreshold?]? = nil
    ) throws(Fault) {
        self.models = models
        self.rows = rows.val + rows.test
        self.scores = scores.scores
        predicted = scores.predicted
        thresholds = scores.thresholds
        isTuned = scores.isTuned
        self.tuned = tuned ?? rows.categories.map { _ in nil }
        valCount = rows.val.count
        var test: [CategoryMetrics] = []
        for category in rows.categories.indices {
            test.append(
                try CategoryMetrics(
                    labels: rows.labels(of: category, rows.test),
                    scores: Array(scores.scores[category][valCount...]),
                    predicted: Array(scores.predicted[category][valCount...])))
        }
        self.test = test
        var places = [Int32](repeating: -1, count: rows.labels.rows)
        for (place, row) in self.rows.enumerated() { places[Int(row)] = Int32(place) }
        self.places = places
    }
}
