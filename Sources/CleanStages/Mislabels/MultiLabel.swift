internal import Records
internal import Vectors

/// Judges categories one by one, each against its absence.
enum MultiLabel {
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
        let heldOut = try await evidence.heldOut(table)
        var columns: [Column] = []
        for (at, category) in supported.enumerated() {
            let judged = zip(table.columns[at], heldOut.supported(category: at)).map {
                $1 ? $0 : LabelTable.unknown
            }
            let column = try Column(
                category: category, labels: judged, positive: heldOut.columns[at],
                disagreement: neighbours.disagreement(judged), evidence)
            verdicts.findings[category].estimatedNoise = column.noise
            columns.append(column)
        }
        for row in 0..<labels.rows {
            for column in columns where column.labels[row] >= 0 {
                verdicts.all.append(
                    Verdict(
                        row: Int32(row), category: Int32(column.category),
                        given: column.labels[row] == 1,
                        flag: column.flags[row] ? .model : .none,
                        suspicion: column.suspicion[row], probability: column.positive[row]))
            }
        }
        return verdicts
    }

    /// What is held against the labels of one category, row by row.
    private struct Column {
        let category: Int
        let labels: [Int8]
        let positive: [Float]
        let suspicion: [Float]
        let flags: [Bool]
        let noise: Double?

        init(
            category: Int, labels: [Int8], positive: [Double], disagreement: [Double?],
            _ evidence: Evidence
        ) throws(Fault) {
            self.category = category
            self.labels = labels
            self.positive = positive.map { Float($0) }
            let scores = try evidence.suspicion(
                labels, positive: positive, disagreement: disagreement)
            suspicion = scores.map { Float($0 ?? 1) }
            let learning = try ConfidentLearning(
                labels: labels.map { Int($0) }, classes: 2,
                probabilities: positive.flatMap { [1 - $0, $0] })
            switch evidence.settings.flag {
            case .half:
                flags = zip(labels, positive).map { $0 >= 0 && ($1 >= 0.5) != ($0 == 1) }
            case .lowest:
                var flags = [Bool](repeating: false, count: labels.count)
                for row in evidence.lowest(scores, among: Array(labels.indices)) {
                    flags[row] = true
                }
                self.flags = flags
            default:
                flags = learning.flags(evidence.settings.flag.filter ?? .pruneByNoiseRate)
            }
            let joint = learning.joint.calibrated
            let all = joint.reduce(0) { $0 + $1.reduce(0, +) }
            noise = all > 0 ? Double(joint[0][1] + joint[1][0]) / Double(all) : nil
        }
    }
}
