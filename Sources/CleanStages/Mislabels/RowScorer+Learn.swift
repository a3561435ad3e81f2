internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

extension RowScorer {
    /// Fits models on the training rows and judges these.
    ///
    /// - Parameter terms: The words and characters of the training rows.
    /// - Returns: Beside the scorer, the neighbours of the training rows; nil where nothing is
    ///   judged.
    static func learn(
        _ context: StageContext, _ survey: LabelSurvey, _ groups: RowGroups,
        _ training: TrainingRows, _ terms: TermCounts, _ settings: MislabelSettings
    ) async throws(Fault) -> (scorer: RowScorer, neighbours: NeighbourTable?) {
        let folds = try folds(survey, groups, training, settings, seed: context.seed)
        guard let given = survey.given else {
            let scorer = RowScorer(
                training: training, folds: folds, groups: groups.ids, judging: nil, known: [],
                models: nil)
            return (scorer, nil)
        }
        let numbers = training.numbers
        let vectors = try context.checkedEmbeddings()
        let examples = LabelModels.Examples(
            numbers: numbers, isAll: training.isAll,
            matrix: training.isAll ? vectors : try vectors.rows(numbers), terms: terms,
            labels: try given.table(of: numbers), folds: numbers.map { Int32(folds[Int($0)]) },
            groups: numbers.map { groups.ids[Int($0)] }, settings: settings, seed: context.seed,
            jobs: context.jobs)
        let (models, witnesses) = try await LabelModels.learn(
            examples, Judging.kinds(given, settings))
        let judging = try await Judging(witnesses, given)
        let scorer = RowScorer(
            training: training, folds: folds, groups: groups.ids, judging: judging,
            known: judging.scores(witnesses), models: models)
        return (scorer, witnesses.neighbours)
    }

    /// Each row's fold: those of training rows are stratified, and a group shares one.
    ///
    /// A group without a training row was learnt by no model, so any fold serves. Empty when the
    /// training rows have too few groups for two folds.
    private static func folds(
        _ survey: LabelSurvey, _ groups: RowGroups, _ training: TrainingRows,
        _ settings: MislabelSettings, seed: UInt64
    ) throws(Fault) -> [Int8] {
        let numbers = training.numbers
        let trained = training.isAll ? groups.ids : numbers.map { groups.ids[Int($0)] }
        let count = min(settings.folds, training.isAll ? groups.count : Set(trained).count)
        if count < 2 { return [] }
        let stratification = try Stratification(folds: count, seed: seed, attempts: 2)
        let assigned = try stratification.assign(
            LabelRows(survey.learnt, rows: numbers), groups: trained)
        if training.isAll { return assigned.map { Int8($0) } }
        var foldOfGroup = [Int8](repeating: -1, count: groups.count)
        for (group, fold) in zip(trained, assigned) { foldOfGroup[Int(group)] = Int8(fold) }
        return groups.ids.map { group in
            let fold = foldOfGroup[Int(group)]
            return fold < 0 ? Int8(Int(group) % count) : fold
        }
    }
}
