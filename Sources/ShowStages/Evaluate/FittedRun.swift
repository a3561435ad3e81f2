internal import Records
internal import Vectors

/// One model per category trained on some of the train rows, with its scores on val and test and
/// the thresholds tuned on val.
struct FittedRun: Sendable {
    let models: OneVersusRest
    /// The rows of val, then those of test.
    let rows: [Int32]
    let valCount: Int
    /// Category → place in `rows` → probability.
    let scores: [[Double]]
    /// Nil where val lacks a known 1 or a known 0: the threshold is 0.5 then.
    let tuned: [TunedThreshold?]
    /// Category → what the test rows give at the threshold.
    let test: [CategoryMetrics]
    /// Row of the dataset → place in `rows`, or -1.
    private let places: [Int32]

    static let defaultThreshold = 0.5

    var thresholds: [Double] { tuned.map { $0?.threshold ?? Self.defaultThreshold } }
    func testScores(_ category: Int) -> [Double] { Array(scores[category][valCount...]) }
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
        let measured = rows.val + rows.test
        let scores = try await models.probabilities(
            matrix: matrix, rows: measured, threads: threads)
        return try FittedRun(rows, models, measured, scores, beta: settings.beta)
    }

    private init(
        _ rows: EvaluationRows, _ models: OneVersusRest, _ measured: [Int32],
        _ scores: [[Double]], beta: Double
    ) throws(Fault) {
        self.models = models
        self.rows = measured
        self.scores = scores
        valCount = rows.val.count
        var tuned: [TunedThreshold?] = []
        var test: [CategoryMetrics] = []
        for category in rows.categories.indices {
            let known = rows.labels(of: category, rows.val)
            // Where every known label is 1, the best threshold says yes to everything.
            let threshold =
                known.contains(0)
                ? try ThresholdTuning.bestF(
                    labels: known, scores: Array(scores[category][..<rows.val.count]), beta: beta)
                : nil
            tuned.append(threshold)
            test.append(
                try CategoryMetrics(
                    labels: rows.labels(of: category, rows.test),
                    scores: Array(scores[category][rows.val.count...]),
                    threshold: threshold?.threshold ?? Self.defaultThreshold))
        }
        self.tuned = tuned
        self.test = test
        var places = [Int32](repeating: -1, count: rows.labels.rows)
        for (place, row) in measured.enumerated() { places[Int(row)] = Int32(place) }
        self.places = places
    }
}
