public import Records

/// Which rows a search for wrong labels flags; the names are cleanlab's `filter_by`.
public enum MislabelFilter: String, Sendable, CaseIterable {
    /// As many rows of each (given, true) pair as the joint counts, of the largest margin.
    case pruneByNoiseRate = "prune_by_noise_rate"
    /// As many rows of each given label as the joint counts elsewhere, of the lowest probability.
    case pruneByClass = "prune_by_class"
    /// Flagged by both of them.
    case both
    /// Rows off the diagonal of the confident joint.
    case confidentLearning = "confident_learning"
    /// Rows whose likeliest label is another.
    case predictedNotGiven = "predicted_neq_given"
    /// As many rows as ``confidentLearning`` flags, of the lowest self-confidence.
    case lowSelfConfidence = "low_self_confidence"
    /// As many rows as ``confidentLearning`` flags, of the lowest normalised margin.
    case lowNormalisedMargin = "low_normalized_margin"
}

/// Confident learning on rows that carry one label each, out of two or more.
///
/// Northcutt, Jiang and Chuang 2021; rules and constants as in cleanlab 2.9.0 (filter.py). Rows
/// whose label is unknown are never counted and never flagged. Labels that no row carries, or that
/// all carry, are no error. Of equally suspicious rows the earlier is flagged.
public struct ConfidentLearning: Sendable {
    public let joint: ConfidentJoint
    private let rows: LabelledProbabilities
    /// Where each row of `rows` stood in the caller's.
    private let places: [Int]
    private let rowCount: Int

    /// cleanlab's min_examples_per_class: labels with no more rows are never pruned.
    private static let leastExamples = 1

    /// - Parameters:
    ///   - labels: the label of each row, `0..<classes`, or -1 for unknown.
    ///   - probabilities: row after row, `classes` numbers of 0...1 each, out of sample.
    /// - Throws: `badData` for a label that is no class, or probabilities of another number or out
    ///   of 0...1.
    public init(labels: [Int], classes: Int, probabilities: [Double]) throws(Fault) {
        guard classes >= 2, probabilities.count == labels.count * classes else {
            throw Fault(
                .badData, "labels and probabilities differ in their shape",
                why: "\(probabilities.count) numbers for \(labels.count) rows of \(classes)")
        }
        guard labels.allSatisfy({ $0 >= -1 && $0 < classes }) else {
            throw Fault(.badData, "a label is not one of the classes")
        }
        if let at = probabilities.firstIndex(where: { !(0...1).contains($0) }) {
            throw Fault(
                .badData, "a probability does not lie within 0 and 1", why: "row \(at / classes)")
        }
        places = labels.indices.filter { labels[$0] >= 0 }
        rowCount = labels.count
        rows = LabelledProbabilities(
            labels: places.map { labels[$0] }, classes: classes,
            values: places.count == labels.count
                ? probabilities
                : places.flatMap { probabilities[$0 * classes..<($0 + 1) * classes] })
        joint = ConfidentJoint(rows)
    }

    /// Whether each row's label is likely wrong.
    public func flags(_ filter: MislabelFilter) -> [Bool] {
        spread(found(filter), otherwise: false)
    }

    /// Each row's label quality, nil where the label is unknown.
    ///
    /// - Parameter adjusted: Correct for unequal labels first: subtract each label's threshold, add
    ///   the largest threshold, scale to a sum of 1 (cleanlab's adjust_pred_probs).
    public func scores(_ quality: LabelQuality, adjusted: Bool = false) -> [Double?] {
        spread(knownScores(quality, adjusted: adjusted).map { $0 }, otherwise: nil)
    }

    private func knownScores(_ quality: LabelQuality, adjusted: Bool) -> [Double] {
        let classes = rows.classes
        let largest = joint.thresholds.max() ?? 0
        return rows.labels.enumerated().map { row, label in
            let own = rows.values[row * classes..<(row + 1) * classes]
            if !adjusted { return quality.score(label, own) }
            var moved = zip(own, joint.thresholds).map { $0 - $1 + largest }
            let sum = moved.reduce(0, +)
            if sum > 0 { moved = moved.map { $0 / sum } }
            return quality.score(label, moved[...])
        }
    }

    private func spread<T>(_ known: [T], otherwise: T) -> [T] {
        var all = [T](repeating: otherwise, count: rowCount)
        for (value, place) in zip(known, places) { all[place] = value }
        return all
    }

    private func found(_ filter: MislabelFilter) -> [Bool] {
        switch filter {
        case .pruneByNoiseRate: sparing(prunedByNoiseRate())
        case .pruneByClass: sparing(prunedByClass())
        case .both: sparing(zip(prunedByNoiseRate(), prunedByClass()).map { $0 && $1 })
        case .confidentLearning: sparing(joint.offDiagonal)
        case .predictedNotGiven:
            sparing(rows.labels.indices.map { rows.likeliest($0) != rows.labels[$0] })
        case .lowSelfConfidence: lowest(.selfConfidence)
        case .lowNormalisedMargin: lowest(.normalisedMargin)
        }
    }

    /// Unflags the rows whose given label is the likeliest one, or ties with it.
    private func sparing(_ flags: [Bool]) -> [Bool] {
        flags.enumerated().map { row, flag in
            guard flag else { return false }
            let own = rows[row, rows.labels[row]] + ConfidentJoint.tie
            return (0..<rows.classes).contains { label in
                label != rows.labels[row]
                    && (label < rows.labels[row] ? rows[row, label] >= own : rows[row, label] > own)
            }
        }
    }

    private func lowest(_ quality: LabelQuality) -> [Bool] {
        let count = sparing(joint.offDiagonal).filter { $0 }.count
        let scores = knownScores(quality, adjusted: false)
        var flags = [Bool](repeating: false, count: scores.count)
        for row in Self.first(count, of: Array(scores.indices), by: { scores[$0] }) {
            flags[row] = true
        }
        return flags
    }

    private func prunedByNoiseRate() -> [Bool] {
        let counts = pruneCounts()
        var flags = [Bool](repeating: false, count: rows.labels.count)
        for (given, members) in membersToPrune() {
            for other in 0..<rows.classes where other != given {
                let worst = Self.first(counts[other][given], of: members) {
                    rows[$0, given] - rows[$0, other]
                }
                for row in worst { flags[row] = true }
            }
        }
        return flags
    }

    private func prunedByClass() -> [Bool] {
        let counts = pruneCounts()
        var flags = [Bool](repeating: false, count: rows.labels.count)
        for (given, members) in membersToPrune() {
            let count = members.count - counts[given][given]
            for row in Self.first(count, of: members, by: { rows[$0, given] }) {
                flags[row] = true
            }
        }
        return flags
    }

    /// The rows of each label that has enough of them to lose some.
    private func membersToPrune() -> [(given: Int, members: [Int])] {
        var members = [[Int]](repeating: [], count: rows.classes)
        for (row, label) in rows.labels.enumerated() { members[label].append(row) }
        return members.enumerated().filter { $0.element.count > Self.leastExamples }
            .map { ($0.offset, $0.element) }
    }

    /// How many rows to prune, [true][given]: the calibrated joint turned round, each given label
    /// keeping at least ``leastExamples`` (cleanlab's _keep_at_least_n_per_class, frac_noise 1).
    private func pruneCounts() -> [[Int]] {
        let classes = rows.classes
        var matrix = (0..<classes).map { actual in
            (0..<classes).map { Double(joint.calibrated[$0][actual]) }
        }
        for given in 0..<classes {
            let kept = max(matrix[given][given], Double(Self.leastExamples))
            let filled = (0..<classes).filter { matrix[$0][given] != 0 }.count
            let less = (kept - matrix[given][given]) / Double(max(filled - 1, 1))
            for actual in 0..<classes {
                matrix[actual][given] =
                    actual == given ? kept : max(matrix[actual][given] - less, 0)
            }
        }
        return matrix.map { row in
            ConfidentJoint.roundKeepingSum(row.map { $0.rounded(.towardZero) })
        }
    }

    /// The `count` rows of the lowest value; of equals the earlier.
    private static func first(
        _ count: Int, of rows: [Int], by value: (Int) -> Double
    ) -> ArraySlice<Int> {
        if count <= 0 { return [] }
        return rows.map { (value($0), $0) }.sorted { $0 < $1 }.map(\.1).prefix(count)
    }
}
