internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// Gives every row the numbers that its labels are judged by: those of training rows are known, and
/// models judge the others.
struct RowScorer: Portable {
    let training: TrainingRows
    /// Each row's fold, whose models did not learn from it; empty without folds.
    let folds: [Int8]
    /// Each row's group.
    private let groups: [Int32]
    /// nil where nothing can be judged.
    let judging: Judging?
    /// The numbers of the training rows.
    private let known: [Float]
    /// nil where all rows are training rows.
    private let models: LabelModels?

    init(
        training: TrainingRows, folds: [Int8], groups: [Int32], judging: Judging?,
        known: [Float], models: LabelModels?
    ) {
        self.training = training
        self.folds = folds
        self.groups = groups
        self.judging = judging
        self.known = known
        self.models = models
    }

    /// The models beside the vectors of the stage's input; nil where nobody is left to judge.
    func begin(
        _ context: StageContext, _ settings: MislabelSettings
    ) throws(Fault) -> RunningModels? {
        guard let models, let judging else { return nil }
        return try RunningModels(
            models, Judging.kinds(judging.given, settings), context.checkedEmbeddings(), training,
            groups: groups)
    }

    func scores(
        _ block: RowBlock, _ running: RunningModels?, _ settings: MislabelSettings
    ) async throws(Fault) -> ScoredRows {
        var scored = ScoredRows()
        for row in block.rows { scored.ids.append(row.record.id) }
        guard let judging else { return scored }
        let width = judging.width
        let others = block.rows.filter { training.place(of: $0.index) == nil }
        var judged: [Float] = []
        if let running, !others.isEmpty {
            judged = judging.scores(
                try await witnesses(others, running, judging.given, settings))
        }
        scored.scores.reserveCapacity(block.rows.count * width)
        var next = 0
        for row in block.rows {
            if let place = training.place(of: row.index) {
                scored.scores += known[place * width..<(place + 1) * width]
            } else {
                scored.scores += judged[next..<next + width]
                next += width
            }
        }
        return scored
    }

    private func witnesses(
        _ rows: [Row], _ running: RunningModels, _ given: GivenLabels,
        _ settings: MislabelSettings
    ) async throws(Fault) -> Witnesses {
        let nGrams = NGrams()
        var terms = TermCounts()
        for row in rows { terms.append(nGrams.hashes(of: row.record.text)) }
        let numbers = rows.map { Int32($0.index) }
        return try await running.witnesses(
            numbers, terms: terms, labels: given.table(of: numbers),
            folds: numbers.map { Int32(folds[Int($0)]) }, neighbours: settings.neighbours)
    }

    /// The nearest neighbours of a row that is no training row; none of a training row, whose
    /// neighbours are known.
    func neighbours(
        of row: Int, _ running: RunningModels?, _ settings: MislabelSettings
    ) throws(Fault) -> [Int32] {
        guard let running, training.place(of: row) == nil else { return [] }
        return Array(
            try running.neighbours(of: [Int32(row)], settings.neighbours).neighbours(at: 0))
    }

    func write(to bytes: inout PortableWriter) {
        training.write(to: &bytes)
        folds.write(to: &bytes)
        groups.write(to: &bytes)
        judging.write(to: &bytes)
        known.write(to: &bytes)
        models.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        training = try TrainingRows(from: &bytes)
        folds = try [Int8](from: &bytes)
        groups = try [Int32](from: &bytes)
        judging = try Judging?(from: &bytes)
        known = try [Float](from: &bytes)
        models = try LabelModels?(from: &bytes)
    }
}

/// Ids of rows, and the numbers that their labels are judged by.
struct ScoredRows: RowPart {
    var ids = IdentifierColumn()
    /// As many a row as ``Judging/width`` says, row after row; none where nothing is judged.
    var scores: [Float] = []

    init() {}

    mutating func append(contentsOf other: ScoredRows) {
        ids.append(contentsOf: other.ids)
        scores += other.scores
    }

    func write(to bytes: inout PortableWriter) {
        ids.write(to: &bytes)
        scores.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        ids = try IdentifierColumn(from: &bytes)
        scores = try [Float](from: &bytes)
    }
}
