internal import Records
internal import Vectors

/// Judges categories one by one, each against its absence.
struct MultiLabel {
    private let evidence: Evidence
    private let neighbours: NeighbourTable
    /// The columns of the categories that are judged, and their labels.
    private let supported: [Int]
    private let table: LabelTable

    static func judge(_ evidence: Evidence) async throws(Fault) -> Verdicts {
        var verdicts = Verdicts()
        let labels = evidence.labels
        verdicts.findings = labels.columns.map { column in
            var finding = CategoryFinding(minimumRows: evidence.settings.minimumRows)
            for label in column where label >= 0 {
                finding.rows += 1
                if label == 1 { finding.positives += 1 }
            }
            let fewer = min(finding.positives, finding.rows - finding.positives)
            finding.isSupported = fewer >= evidence.settings.minimumRows
            return finding
        }
        let supported = labels.columns.indices.filter { verdicts.findings[$0].isSupported }
        guard let neighbours = evidence.neighbours, !supported.isEmpty else { return verdicts }
        let table = try LabelTable(
            rows: labels.rows, columns: supported.map { labels.columns[$0] })
        let judge = MultiLabel(
            evidence: evidence, neighbours: neighbours, supported: supported, table: table)
        try await judge.add(&verdicts)
        return verdicts
    }

    private func add(_ verdicts: inout Verdicts) async throws(Fault) {
        let first = try await evidence.heldOutWithOtherLabels(table, isBalanced: false)
        let judged = table.columns.enumerated().map { at, column in
            zip(column, first.supported(category: at)).map { $1 ? $0 : LabelTable.unknown }
        }
        let (scores, probabilities) =
            try await supported.count > 1
            ? severalScores(first, judged) : oneScore(first, judged[0])
        let learning = try MultiLabelConfidentLearning(
            labels: LabelTable(rows: table.rows, columns: judged),
            probabilities: HeldOutProbabilities(assertedOutOfSample: probabilities))
        for (at, category) in learning.categories.enumerated() {
            note(category.joint, &verdicts.findings[supported[at]])
        }
        let qualities = learning.categories.map { evidence.settings.qualities($0) }
        let disagreement = judged.map { neighbours.disagreement($0) }
        let flags = try await flags(scores, learning)
        for row in 0..<table.rows {
            for (at, category) in supported.enumerated() where judged[at][row] >= 0 {
                verdicts.all.append(
                    Verdict(
                        row: Int32(row), category: Int32(category), given: judged[at][row] == 1,
                        flag: flags[at][row] ? .model : .none,
                        suspicion: Float(scores[at][row] ?? 0),
                        probability: Float(probabilities[at][row]),
                        quality: Float(qualities[at][row] ?? .nan),
                        disagreement: Float(disagreement[at][row] ?? .nan)))
            }
        }
    }

    /// Category → row → suspicion, and the probability that the category applies.
    private typealias Scores = (suspicion: [[Double?]], probability: [[Double]])

    /// Suspicions on one scale for all categories: the chance that a label is wrong, by the
    /// log-odds of three kinds of models of the vectors and of models of the n-grams.
    ///
    /// Unbalanced models with the row's other labels find what contradicts them, balanced ones what
    /// a rare category lacks; without the other labels the text has its say. The n-grams count as
    /// ``nGramShare(_:_:_:)`` says.
    private func severalScores(
        _ first: HeldOutProbabilities, _ judged: [[Int8]]
    ) async throws(Fault) -> Scores {
        let balanced = try await evidence.heldOutWithOtherLabels(table, isBalanced: true).logits
        let alone = try await evidence.heldOut(table, isBalanced: true).logits
        let nGrams = try evidence.heldOutByNGrams(table).logits
        let share = try await Self.nGramShare(alone, nGrams, judged)
        let scores = judged.enumerated().map { at, labels in
            labels.enumerated().map { row, label -> Double? in
                if label < 0 { return nil }
                let vectors = (first.logits[at][row] + balanced[at][row] + alone[at][row]) / 3
                let logit = (1 - share) * vectors + share * nGrams[at][row]
                return LogisticModel.probability(logit: label == 1 ? -logit : logit)
            }
        }
        return (scores, first.columns)
    }

    /// Labels that the share of the n-grams is fitted on at most.
    private static let mostCells = 50_000

    /// The weight of the n-grams beside the vectors, 0...½: their share in the balanced logistic
    /// regression of all labels on the held-out log-odds of both.
    ///
    /// Not above ½, since the share is fitted without the row's other labels, which tell as much
    /// again.
    private static func nGramShare(
        _ vectors: [[Double]], _ nGrams: [[Double]], _ judged: [[Int8]]
    ) async throws(Fault) -> Double {
        var cells: [(category: Int, row: Int)] = []
        for (category, labels) in judged.enumerated() {
            for (row, label) in labels.enumerated() where label >= 0 {
                cells.append((category, row))
            }
        }
        let count = min(cells.count, mostCells)
        if count == 0 { return 0 }
        let chosen = (0..<count).map { cells[cells.count * $0 / count] }
        let model = try await OneVersusRest.fit(
            matrix: Matrix(
                chosen.map {
                    [Float(vectors[$0.category][$0.row]), Float(nGrams[$0.category][$0.row])]
                }),
            labels: LabelTable(
                rows: count, columns: [chosen.map { judged[$0.category][$0.row] }]),
            settings: LogisticSettings(isBalanced: true))
        let weights = model.models[0].weights.map { max(0, $0) }
        let sum = weights[0] + weights[1]
        return sum > 0 ? min(0.5, weights[1] / sum) : 0
    }

    /// The suspicion of the labels of a single category: the chance of being wrong by the vectors,
    /// the n-grams and the neighbours.
    private func oneScore(
        _ first: HeldOutProbabilities, _ labels: [Int8]
    ) async throws(Fault) -> Scores {
        func halves(_ logits: [Double]) -> [[Double]] {
            [logits.map { -$0 / 2 }, logits.map { $0 / 2 }]
        }
        let given = labels.map { Int($0) }
        let mixture = try LogOddsMixture(
            [
                halves(first.logits[0]), halves(try evidence.heldOutByNGrams(table).logits[0]),
                neighbours.logShares(given, count: 2),
            ], given: given)
        let shares = mixture.softmax()
        let scores = given.enumerated().map { row, label in
            label < 0 ? nil : 1 - shares[2 * row + label]
        }
        return ([scores], [given.indices.map { shares[2 * $0 + 1] }])
    }

    private func flags(
        _ scores: [[Double?]], _ learning: MultiLabelConfidentLearning
    ) async throws(Fault) -> [[Bool]] {
        switch evidence.settings.flag {
        case .half:
            // Few rows of a rare category reach one half by models that are not balanced.
            return try CrossScoreRule.verdicts(
                labels: table, probabilities: await evidence.heldOut(table, isBalanced: true)
            ).map { $0.map { $0 == .disagrees } }
        case .lowest:
            return scores.map { column in
                var flags = [Bool](repeating: false, count: column.count)
                for row in evidence.lowest(column, among: Array(column.indices)) {
                    flags[row] = true
                }
                return flags
            }
        default:
            return learning.flags(evidence.settings.flag.filter ?? .pruneByNoiseRate)
        }
    }

    /// Writes down what the joint says of a category.
    private func note(_ joint: ConfidentJoint, _ finding: inout CategoryFinding) {
        finding.estimatedNoise = joint.noise
        finding.likelyMissing = joint.calibrated[0][1]
        finding.likelySuperfluous = joint.calibrated[1][0]
    }
}
