internal import Records
internal import Vectors

/// Judges rows that have exactly one category each: the given one against all others.
enum MultiClass {
    static func judge(_ evidence: Evidence) async throws(Fault) -> Verdicts {
        let labels = evidence.labels
        let classes = classes(labels)
        var verdicts = Verdicts()
        verdicts.findings = labels.columns.map { column in
            CategoryFinding(rows: column.count { $0 >= 0 })
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
        let heldOut = try await evidence.heldOut(
            LabelTable(rows: labels.rows, columns: columns))
        var placeOfClass = [Int](repeating: -1, count: labels.categories)
        for (place, category) in supported.enumerated() { placeOfClass[category] = place }
        let isSupported = supported.indices.map { heldOut.supported(category: $0) }
        let judged = classes.enumerated().map { row, category in
            let place = category < 0 ? -1 : placeOfClass[Int(category)]
            return place >= 0 && isSupported[place][row] ? place : -1
        }
        try add(
            judged, supported, heldOut.columns, neighbours.disagreement(classes), evidence,
            &verdicts)
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

    /// - Parameters:
    ///   - judged: The place in `supported` of each row's category; -1 for rows not judged.
    ///   - columns: Place → row → probability.
    private static func add(
        _ judged: [Int], _ supported: [Int], _ columns: [[Double]], _ disagreement: [Double?],
        _ evidence: Evidence, _ verdicts: inout Verdicts
    ) throws(Fault) {
        let shares = shares(columns, rows: judged.count)
        let count = supported.count
        let learning = try ConfidentLearning(
            labels: judged, classes: count, probabilities: shares)
        for (place, counts) in learning.joint.calibrated.enumerated() {
            let all = counts.reduce(0, +)
            verdicts.findings[supported[place]].estimatedNoise =
                all > 0 ? 1 - Double(counts[place]) / Double(all) : nil
        }
        let own = judged.enumerated().map { row, place in
            place < 0 ? 0 : shares[row * count + place]
        }
        let scores = try evidence.suspicion(
            judged.map { $0 < 0 ? -1 : 1 }, positive: own, disagreement: disagreement)
        let flags = flags(judged, columns, scores, learning, evidence)
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
                    flag: flags[row] ? .model : .none, suspicion: Float(scores[row] ?? 1),
                    probability: Float(own[row]), suggested: Int32(supported[best])))
        }
    }

    private static func flags(
        _ judged: [Int], _ columns: [[Double]], _ scores: [Double?],
        _ learning: ConfidentLearning, _ evidence: Evidence
    ) -> [Bool] {
        switch evidence.settings.flag {
        case .half:
            return judged.enumerated().map { row, place in place >= 0 && columns[place][row] < 0.5 }
        case .lowest:
            var members = [[Int]](repeating: [], count: columns.count)
            for (row, place) in judged.enumerated() where place >= 0 { members[place].append(row) }
            var flags = [Bool](repeating: false, count: judged.count)
            for rows in members {
                for row in evidence.lowest(scores, among: rows) { flags[row] = true }
            }
            return flags
        default: return learning.flags(evidence.settings.flag.filter ?? .pruneByNoiseRate)
        }
    }

    /// Row after row, the probabilities divided by their sum; equal shares when all are 0.
    private static func shares(_ columns: [[Double]], rows: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: rows * columns.count)
        for row in 0..<rows {
            var sum = 0.0
            for column in columns { sum += column[row] }
            for (place, column) in columns.enumerated() {
                shares[row * columns.count + place] =
                    sum > 0 ? min(1, column[row] / sum) : 1 / Double(columns.count)
            }
        }
        return shares
    }
}
