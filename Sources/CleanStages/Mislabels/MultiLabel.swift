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
        var learnings: [ConfidentLearning] = []
        for (at, labels) in judged.enumerated() {
            let learning = try ConfidentLearning(
                labels: labels.map { Int($0) }, classes: 2,
                probabilities: first.columns[at].flatMap { [1 - $0, $0] })
            note(learning.joint, &verdicts.findings[supported[at]])
            learnings.append(learning)
        }
        let (scores, disagreement) =
            try await supported.count > 1
            ? severalScores(first, judged) : oneScore(first, judged[0], learnings[0].joint.noise)
        let flags = try await flags(judged, scores, learnings)
        for row in 0..<table.rows {
            for (at, category) in supported.enumerated() where judged[at][row] >= 0 {
                verdicts.all.append(
                    Verdict(
                        row: Int32(row), category: Int32(category), given: judged[at][row] == 1,
                        flag: flags[at][row] ? .model : .none,
                        suspicion: Float(scores[at][row] ?? 0),
                        probability: Float(first.columns[at][row]),
                        disagreement: Float(disagreement[at][row] ?? .nan)))
            }
        }
    }

    /// Category → row → suspicion, and the share of neighbours with another label.
    private typealias Scores = (suspicion: [[Double?]], disagreement: [[Double?]])

    /// Suspicions on one scale for all categories: the chance that a label is wrong, by the mean of
    /// the log-odds of three kinds of models.
    ///
    /// Unbalanced models with the row's other labels find what contradicts them, balanced ones what
    /// a rare category lacks; without the other labels the text has its say.
    private func severalScores(
        _ first: HeldOutProbabilities, _ judged: [[Int8]]
    ) async throws(Fault) -> Scores {
        let balanced = try await evidence.heldOutWithOtherLabels(table, isBalanced: true)
        let alone = try await evidence.heldOut(table, isBalanced: true)
        let scores = judged.enumerated().map { at, labels in
            labels.enumerated().map { row, label -> Double? in
                if label < 0 { return nil }
                let logit =
                    (first.logits[at][row] + balanced.logits[at][row] + alone.logits[at][row]) / 3
                return LogisticModel.probability(logit: label == 1 ? -logit : logit)
            }
        }
        return (scores, judged.map { neighbours.disagreement($0) })
    }

    /// The suspicion of the labels of a single category: mean ranks by unbalanced models, balanced
    /// ones with suspicious labels faded, and the neighbours.
    private func oneScore(
        _ first: HeldOutProbabilities, _ labels: [Int8], _ noise: Double
    ) async throws(Fault) -> Scores {
        func distrust(_ heldOut: HeldOutProbabilities) -> [Double?] {
            labels.enumerated().map { row, label in
                label < 0 ? nil : label == 1 ? 1 - heldOut.columns[0][row] : heldOut.columns[0][row]
            }
        }
        let plain = distrust(first)
        let ranking = try Suspicion.meanRanks([plain, neighbours.disagreement(labels)])
        let weights = evidence.fadedWeights(ranking, noise: noise)
        let second = try await evidence.heldOut(table, isBalanced: true, weights: weights)
        let disagreement = neighbours.disagreement(labels, weights: weights)
        let scores = try Suspicion.meanRanks([plain, distrust(second), disagreement])
        return ([scores], [disagreement])
    }

    private func flags(
        _ judged: [[Int8]], _ scores: [[Double?]], _ learnings: [ConfidentLearning]
    ) async throws(Fault) -> [[Bool]] {
        switch evidence.settings.flag {
        case .half:
            // Few rows of a rare category reach one half by models that are not balanced.
            let columns = try await evidence.heldOut(table, isBalanced: true).columns
            return judged.enumerated().map { at, labels in
                zip(labels, columns[at]).map { $0 >= 0 && ($1 >= 0.5) != ($0 == 1) }
            }
        case .lowest:
            return scores.map { column in
                var flags = [Bool](repeating: false, count: column.count)
                for row in evidence.lowest(column, among: Array(column.indices)) {
                    flags[row] = true
                }
                return flags
            }
        default:
            let filter = evidence.settings.flag.filter ?? .pruneByNoiseRate
            return learnings.map { $0.flags(filter) }
        }
    }

    /// Writes down what the joint says of a category.
    private func note(_ joint: ConfidentJoint, _ finding: inout CategoryFinding) {
        finding.estimatedNoise = joint.noise
        finding.likelyMissing = joint.calibrated[0][1]
        finding.likelySuperfluous = joint.calibrated[1][0]
    }
}
