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
    /// Where each row of `rows` stood in the caller's; nil where all of these have a label.
    private let places: [Int32]?
    private let rowCount: Int

    /// cleanlab's min_examples_per_class: labels with no more rows are never pruned.
    private static let leastExamples = 1

    /// - Parameters:
    ///   - labels: the label of each row, `0..<classes`, or -1 for unknown.
    ///   - probabilities: row after row, `classes` numbers of 0...1 each, out of sample.
    /// - Throws: `badData` for a label that is no class, or probabilities of another number or out
    ///   of 0...1.
    public init(labels: [Int], classes: Int, probabilities: [Double]) throws(Fault) {
        guard labels.allSatisfy({ $0 >= -1 && $0 < classes }) else { throw Self.strangeLabel }
        try Self.check(labels.count, classes, probabilities)
        let labels = labels.map { Int32($0) }
        self.init(labels, classes, isComplete: !labels.contains(-1)) { places in
            .double(
                places.map { $0.flatMap { Self.row(Int($0), classes, of: probabilities) } }
                    ?? probabilities)
        }
    }

    /// The same from numbers of half the size, for many rows.
    ///
    /// - Throws: As ``init(labels:classes:probabilities:)``.
    public init(labels: [Int32], classes: Int, probabilities: [Float]) throws(Fault) {
        guard labels.allSatisfy({ $0 >= -1 && $0 < classes }) else { throw Self.strangeLabel }
        try Self.check(labels.count, classes, probabilities)
        self.init(labels, classes, isComplete: !labels.contains(-1)) { places in
            .single(
                places.map { $0.flatMap { Self.row(Int($0), classes, of: probabilities) } }
                    ?? probabilities)
        }
    }

    private init(
        _ labels: [Int32], _ classes: Int, isComplete: Bool,
        values: ([Int32]?) -> LabelledProbabilities.Values
    ) {
        places = isComplete ? nil : (0..<Int32(labels.count)).filter { labels[Int($0)] >= 0 }
        rowCount = labels.count
        rows = LabelledProbabilities(
            labels: places.map { $0.map { labels[Int($0)] } } ?? labels, classes: classes,
            values: values(places))
        joint = ConfidentJoint(rows)
    }

    private static func row<Number>(
        _ row: Int, _ classes: Int, of values: [Number]
    ) -> ArraySlice<Number> {
        values[row * classes..<(row + 1) * classes]
    }

    private static var strangeLabel: Fault {
        Fault(.badData, "a label is not one of the classes")
    }

    private static func check<Number: BinaryFloatingPoint>(
        _ rows: Int, _ classes: Int, _ probabilities: [Number]
    ) throws(Fault) {
        guard classes >= 2, probabilities.count == rows * classes else {
            throw Fault(
                .badData, "labels and probabilities differ in their shape",
                why: "\(probabilities.count) numbers for \(rows) rows of \(classes)")
        }
        if let at = probabilities.firstIndex(where: { !(0...1).contains($0) }) {
            throw Fault(
                .badData, "a probability does not lie within 0 and 1", why: "row \(at / classes)")
        }
    }

    /// Whether each row's label is likely wrong.
    public func flags(_ filter: MislabelFilter) -> [Bool] {
        spread(found(filter), otherwise: false) { $0 }
    }

    /// Each row's label quality, nil where the label is unknown.
    ///
    /// - Parameter adjusted: Correct for unequal labels first: subtract each label's threshold, add
    ///   the largest threshold, scale to a sum of 1 (cleanlab's adjust_pred_probs).
    public func scores(_ quality: LabelQuality, adjusted: Bool = false) -> [Double?] {
        spread(knownScores(quality, adjusted: adjusted) { $0 }, otherwise: nil) { $0 }
    }

    /// The same as numbers of half the size, for many rows; NaN where the label is unknown.
    public func singleScores(_ quality: LabelQuality, adjusted: Bool = false) -> [Float] {
        spread(knownScores(quality, adjusted: adjusted) { Float($0) }, otherwise: .nan) { $0 }
    }

    private func knownScores<Score>(
        _ quality: LabelQuality, adjusted: Bool, as convert: (Double) -> Score
    ) -> [Score] {
        let largest = joint.thresholds.max() ?? 0
        return rows.labels.enumerated().map { row, label in
            var own = rows.of(row: row)
            if adjusted {
                own = zip(own, joint.thresholds).map { $0 - $1 + largest }
                let sum = own.reduce(0, +)
                if sum > 0 { own = own.map { $0 / sum } }
            }
            return convert(quality.score(Int(label), own[...]))
        }
    }

    private func spread<Known, Value>(
        _ known: [Known], otherwise: Value, as convert: (Known) -> Value
    ) -> [Value] {
        guard let places else { return known.map(convert) }
        var all = [Value](repeating: otherwise, count: rowCount)
        for (value, place) in zip(known, places) { all[Int(place)] = convert(value) }
        return all
    }

    private func found(_ filter: MislabelFilter) -> [Bool] {
        switch filter {
        case .pruneByNoiseRate: sparing(prunedByNoiseRate())
        case .pruneByClass: sparing(prunedByClass())
        case .both: sparing(zip(prunedByNoiseRate(), prunedByClass()).map { $0 && $1 })
        case .confidentLearning: sparing(joint.offDiagonal)
        case .predictedNotGiven:
            sparing(rows.labels.indices.map { rows.likeliest($0) != Int(rows.labels[$0]) })
        case .lowSelfConfidence: lowest(.selfConfidence)
        case .lowNormalisedMargin: lowest(.normalisedMargin)
        }
    }

    /// Unflags the rows whose given label is the likeliest one, or ties with it.
    private func sparing(_ flags: [Bool]) -> [Bool] {
        flags.enumerated().map { row, flag in
            guard flag else { return false }
            let given = Int(rows.labels[row])
            let own = rows[row, given] + ConfidentJoint.tie
            return (0..<rows.classes).contains { label in
                label != given
                    && (label < given ? rows[row, label] >= own : rows[row, label] > own)
            }
        }
    }

    private func lowest(_ quality: LabelQuality) -> [Bool] {
        let count = sparing(joint.offDiagonal).filter { $0 }.count
        let scores = knownScores(quality, adjusted: false) { $0 }
        var flags = [Bool](repeating: false, count: scores.count)
        for row in Self.first(
            count, of: (0..<Int32(scores.count)).map { $0 }, by: { scores[$0] })
        {
            flags[Int(row)] = true
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
                for row in worst { flags[Int(row)] = true }
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
                flags[Int(row)] = true
            }
        }
        return flags
    }

    /// The rows of each label that has enough of them to lose some.
    private func membersToPrune() -> [(given: Int, members: [Int32])] {
        var members = [[Int32]](repeating: [], count: rows.classes)
        for (row, label) in rows.labels.enumerated() {
            members[Int(label)].append(Int32(row))
        }
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
        _ count: Int, of rows: [Int32], by value: (Int) -> Double
    ) -> ArraySlice<Int32> {
        if count <= 0 { return [] }
        return rows.map { (value(Int($0)), $0) }.sorted { $0 < $1 }.map(\.1).prefix(count)
    }
}
