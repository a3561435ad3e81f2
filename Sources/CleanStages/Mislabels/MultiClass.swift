internal import Records
internal import Vectors

/// Judges rows that have exactly one category each: the given one against all others.
struct MultiClass {
    private let evidence: Evidence
    private let neighbours: NeighbourTable
    /// Each row's category as a column of the labels; -1 when none or several are 1.
    private let classes: [Int32]
    /// The columns of the categories that are judged.
    private let supported: [Int]
    /// The place in `supported` of each row's category; -1 for rows that are not judged.
    private let judged: [Int]

    static func judge(_ evidence: Evidence) async throws(Fault) -> Verdicts {
        let labels = evidence.labels
        let classes = classes(labels)
        var verdicts = Verdicts()
        verdicts.findings = labels.columns.map { column in
            CategoryFinding(
                rows: column.count { $0 >= 0 }, minimumRows: evidence.settings.minimumRows)
        }
        for category in classes where category >= 0 {
            verdicts.findings[Int(category)].positives += 1
        }
        for category in verdicts.findings.indices {
            let positives = verdicts.findings[category].positives
            verdicts.findings[category].isSupported = positives >= evidence.settings.minimumRows
        }
        let supported = labels.columns.indices.filter { verdicts.findings[$0].isSupported }
        guard let neighbours = evidence.neighbours, supported.count > 1 else {
            for category in supported { verdicts.findings[category].isSupported = false }
            return verdicts
        }
        // A row of one category is known to be none of the others.
        let columns = supported.map { category in
            classes.map { $0 < 0 ? LabelTable.unknown : $0 == Int32(category) ? 1 : 0 }
        }
        let table = try LabelTable(rows: labels.rows, columns: columns)
        let heldOut = try await evidence.heldOut(table, isBalanced: false)
        var placeOfClass = [Int](repeating: -1, count: labels.categories)
        for (place, category) in supported.enumerated() { placeOfClass[category] = place }
        let isSupported = supported.indices.map { heldOut.supported(category: $0) }
        let judged = classes.enumerated().map { row, category in
            let place = category < 0 ? -1 : placeOfClass[Int(category)]
            return place >= 0 && isSupported[place][row] ? place : -1
        }
        let judge = MultiClass(
            evidence: evidence, neighbours: neighbours, classes: classes, supported: supported,
            judged: judged)
        try await judge.add(table, heldOut, &verdicts)
        return verdicts
    }

    /// The category of each row; -1 when none or several are 1.
    static func classes(_ labels: LabelTable) -> [Int32] {
        var classes = [Int32](repeating: -1, count: labels.rows)
        for (category, column) in labels.columns.enumerated() {
            for (row, label) in column.enumerated() where label == 1 {
                classes[row] = classes[row] == -1 ? Int32(category) : -2
            }
        }
        return classes.map { max($0, -1) }
    }

    private func add(
        _ table: LabelTable, _ heldOut: HeldOutProbabilities, _ verdicts: inout Verdicts
    ) async throws(Fault) {
        let count = supported.count
        let mixture = try LogOddsMixture(
            [
                heldOut.logits, try evidence.heldOutByNGrams(table).logits,
                neighbours.logShares(judged, count: count),
            ], given: judged)
        let shares = mixture.softmax()
        let learning = try ConfidentLearning(
            labels: judged, classes: count, probabilities: shares)
        note(learning.joint, &verdicts)
        let scores = try Suspicion.meanRanks([
            learning.scores(.selfConfidence).map { $0.map { 1 - $0 } }, mixture.margins(judged),
        ])
        let qualities = evidence.settings.qualities(learning)
        let disagreement = neighbours.disagreement(classes)
        let flags = try await flags(table, scores, learning)
        for (row, place) in judged.enumerated() where place >= 0 {
            var best = -1
            for other in 0..<count where other != place {
                if best < 0 || shares[row * count + other] > shares[row * count + best] {
                    best = other
                }
            }
            verdicts.all.append(
                Verdict(
                    row: Int32(row), category: Int32(supported[place]), given: true,
                    flag: flags[row] ? .model : .none, suspicion: Float(scores[row] ?? 0),
                    probability: Float(shares[row * count + place]),
                    quality: Float(qualities[row] ?? .nan),
                    disagreement: Float(disagreement[row] ?? .nan),
                    suggested: Int32(supported[best])))
        }
    }

    /// Writes down what the joint says of each category.
    private func note(_ joint: ConfidentJoint, _ verdicts: inout Verdicts) {
        for (place, counts) in joint.calibrated.enumerated() {
            let all = counts.reduce(0, +)
            verdicts.findings[supported[place]].estimatedNoise =
                all > 0 ? 1 - Double(counts[place]) / Double(all) : nil
            verdicts.findings[supported[place]].likelyOthers = counts.enumerated()
                .filter { $0.offset != place && $0.element > 0 }
                .map { (category: supported[$0.offset], labels: $0.element) }
        }
    }

    private func flags(
        _ table: LabelTable, _ scores: [Double?], _ learning: ConfidentLearning
    ) async throws(Fault) -> [Bool] {
        switch evidence.settings.flag {
        case .half:
            // Few rows of a rare category reach one half by models that are not balanced.
            let verdicts = try CrossScoreRule.verdicts(
                labels: table, probabilities: await evidence.heldOut(table, isBalanced: true))
            return judged.enumerated().map { row, place in
                place >= 0 && verdicts[place][row] == .disagrees
            }
        case .lowest:
            var members = [[Int]](repeating: [], count: supported.count)
            for (row, place) in judged.enumerated() where place >= 0 { members[place].append(row) }
            var flags = [Bool](repeating: false, count: judged.count)
            for rows in members {
                for row in evidence.lowest(scores, among: rows) { flags[row] = true }
            }
            return flags
        default: return learning.flags(evidence.settings.flag.filter ?? .pruneByNoiseRate)
        }
    }
}
