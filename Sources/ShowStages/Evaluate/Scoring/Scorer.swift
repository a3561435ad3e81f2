internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// Whose scores are measured.
enum Scorer: Sendable {
    /// A model of this run, trained on train.
    case training
    /// The model of a release, or of the folder of an `evaluate` stage.
    case release(String)
    /// Another system's scores, with thresholds of its own where it has some.
    case file(String, thresholds: String?)

    static func read(_ settings: SettingsReader) -> Scorer {
        let release = settings.optionalPath(
            "release",
            help: "A release, or the folder of an `evaluate` stage, whose model scores the rows; "
                + "nothing is trained. The test rows are measured, or all where there is no split.")
        let scores = settings.optionalPath(
            "scores",
            help: "Another system's scores to measure instead of a model's: JSON lines of "
                + #"`{"id":"r1","scores":{"spam":0.9}}`. Thresholds are tuned on val where there "#
                + "is a split.")
        let thresholds = settings.optionalPath(
            "thresholds",
            help: "Thresholds for `scores`, a file like `thresholds.json` of a release.")
        if thresholds != nil, scores == nil {
            settings.fault("thresholds", "`thresholds` is for `scores`, which is not given")
        }
        switch (release, scores) {
        case (let release?, nil): return .release(release)
        case (nil, let scores?): return .file(scores, thresholds: thresholds)
        case (nil, nil): return .training
        case (.some, .some):
            settings.fault("scores", "`release` and `scores` exclude each other")
            return .training
        }
    }

    var isTraining: Bool { if case .training = self { true } else { false } }

    /// The files that decide the scores.
    var files: [String] {
        switch self {
        case .training: []
        case .release(let folder):
            ["\(folder)/\(Classifier.name)", "\(folder)/\(ThresholdFile.name)"]
        case .file(let scores, let thresholds): [scores] + (thresholds.map { [$0] } ?? [])
        }
    }
}

/// The rows of val and test with their scores, and what is said of them.
struct ScoredRows: Sendable {
    var origin: Evaluation.Origin
    var rows: EvaluationRows
    var fittedRun: FittedRun
    /// Category → the scorer's categories; nil for the model of this run.
    var scoredBy: [[String]]?
    var unscored = 0
    var remarks: [String] = []

    /// A model trained on train.
    init(
        training rows: EvaluationRows, _ matrix: Matrix, _ settings: EvaluationSettings,
        threads: Int
    ) async throws(Fault) {
        origin = .trained
        self.rows = rows
        fittedRun = try await FittedRun.run(
            rows, matrix, settings: settings, leavingOut: [], threads: threads)
    }

    /// The model of a release.
    ///
    /// - Throws: `configuration` when the release has no model, or one of other vectors, or the
    ///   mapping names what is not there.
    init(
        release folder: String, _ rows: EvaluationRows, _ matrix: Matrix,
        _ mapping: CategoryMapping, _ context: StageContext
    ) async throws(Fault) {
        let path = "\(folder)/\(Classifier.name)"
        let classifier = try Classifier(path: path)
        let thresholds = try ThresholdFile(path: "\(folder)/\(ThresholdFile.name)")
        if matrix.rows > 0 {
            try classifier.check(context.history, columns: matrix.columns, path: path)
        }
        let scored = classifier.heads.map(\.category)
        var rows = rows
        rows.measureAllUnlessSplit()
        rows.leaveOutVal()
        let (sources, left) = try Self.sources(mapping, scored, &rows)
        let models = OneVersusRest(models: classifier.models)
        let scores = try await models.probabilities(
            matrix: matrix, rows: rows.test, threads: context.jobs)
        origin = .release
        fittedRun = try FittedRun(
            rows,
            CategoryScores(sources, scores, thresholds: Self.thresholds(scored, thresholds)))
        self.rows = rows
        scoredBy = sources.map { $0.map { scored[$0] } }
        remarks = left
    }

    /// Another system's scores.
    ///
    /// - Throws: `badData` for a file that holds no scores of these rows, `configuration` when the
    ///   mapping names what is not there.
    init(
        scores path: String, thresholds: String?, _ rows: EvaluationRows,
        _ settings: EvaluationSettings
    ) throws(Fault) {
        let file = try ScoreFile(path: path)
        let given: ThresholdFile? =
            if let thresholds { try ThresholdFile(path: thresholds) } else { nil }
        var rows = rows
        rows.measureAllUnlessSplit()
        if given != nil { rows.leaveOutVal() }
        let (sources, left) = try Self.sources(settings.mapping, file.categories, &rows)
        let all = rows.test.count
        let ids = rows.ids
        unscored = rows.keepMeasured { file.place(of: ids[$0]) != nil }
        if all > 0, rows.test.isEmpty {
            throw Fault(
                .badData, "the file of scores names no test row", at: .file(path),
                why: "none of its ids is one of the \(NumberFormat.count(all, "row"))")
        }
        let places = (rows.val + rows.test).compactMap { file.place(of: ids[Int($0)]) }
        let scores = file.scores.map { column in places.map { column[$0] } }
        let found = Self.thresholds(file.categories, given)
        let joined = CategoryScores(sources, scores, thresholds: found)
        origin = .scores
        fittedRun =
            given == nil
            ? try FittedRun(rows, joined.scores, tuning: settings.tuning)
            : try FittedRun(rows, joined)
        self.rows = rows
        scoredBy = sources.map { $0.map { file.categories[$0] } }
        remarks = left
    }

    /// The scorer's categories of each category that has some; the others are left out.
    static func sources(
        _ mapping: CategoryMapping, _ scored: [String], _ rows: inout EvaluationRows
    ) throws(Fault) -> (sources: [[Int]], remarks: [String]) {
        try mapping.check(scored, labels: rows.categories)
        let sources = rows.categories.map { category in
            mapping.sources(of: category, among: scored).compactMap(scored.firstIndex)
        }
        let kept = sources.indices.filter { !sources[$0].isEmpty }
        if kept.isEmpty, !rows.categories.isEmpty {
            throw Fault(
                .configuration, "no category of the rows is scored",
                why: "the rows have \(rows.categories.joined(separator: ", ")); scored are "
                    + scored.joined(separator: ", "),
                hint: "`mapping` says which of these predict which of those")
        }
        let left = rows.categories.indices.filter { sources[$0].isEmpty }
            .map { "`\(rows.categories[$0])`" }
        try rows.keepCategories(kept)
        return (
            kept.map { sources[$0] },
            left.isEmpty
                ? []
                : [
                    "Nothing scores \(left.joined(separator: ", ")), so not measured; `mapping` "
                        + "says what predicts a category."
                ]
        )
    }

    private static func thresholds(
        _ scored: [String], _ file: ThresholdFile?
    ) -> [(threshold: Double, isTuned: Bool)] {
        scored.map { category in
            file?.categories[category].map { ($0.threshold, $0.isTuned) }
                ?? (FittedRun.defaultThreshold, false)
        }
    }
}

extension ScoredRows {
    /// This evaluation beside the scores in a file, or in the folder of another evaluation.
    ///
    /// - Throws: `badData` for a file that holds no scores of these test rows.
    func comparison(
        with baseline: String, _ settings: EvaluationSettings, seed: UInt64, stage: String
    ) throws(Fault) -> Comparison {
        let isFolder = Paths.isFolder(baseline)
        let path = isFolder ? "\(baseline)/\(ScoreFile.predictions)" : baseline
        let file = try ScoreFile(path: path)
        let beside = "\(baseline)/\(ThresholdFile.name)"
        let given: ThresholdFile? =
            if isFolder, Paths.exists(beside) { try ThresholdFile(path: beside) } else { nil }
        let sources = rows.categories.map { category in
            settings.mapping.sources(of: category, among: file.categories)
                .compactMap(file.categories.firstIndex)
        }
        let compared = sources.indices.filter { !sources[$0].isEmpty }
        let kept = rows.test.indices.filter { file.place(of: rows.ids[Int(rows.test[$0])]) != nil }
        if !rows.test.isEmpty, kept.isEmpty {
            throw Fault(
                .badData, "the baseline scores no test row of this run", at: .file(path),
                why: "none of its ids is one of the \(NumberFormat.count(rows.test.count, "row"))")
        }
        let places = kept.compactMap { file.place(of: rows.ids[Int(rows.test[$0])]) }
        let scores = CategoryScores(
            compared.map { sources[$0] }, file.scores.map { column in places.map { column[$0] } },
            thresholds: Self.thresholds(file.categories, given))
        return Comparison(
            rows, fittedRun, scores, kept: kept, compared: compared, settings: settings,
            seed: seed, stage: stage)
    }

    /// The files of a baseline.
    static func files(of baseline: String) -> [String] {
        guard Paths.isFolder(baseline) else { return [baseline] }
        let thresholds = "\(baseline)/\(ThresholdFile.name)"
        return ["\(baseline)/\(ScoreFile.predictions)"]
            + (Paths.exists(thresholds) ? [thresholds] : [])
    }
}
