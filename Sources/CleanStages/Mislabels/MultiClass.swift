internal import Records
internal import Vectors

/// Judges rows that have exactly one category each: the given one against all others.
///
/// The log-odds of the vectors' models, the n-grams' models and the neighbours are added, with
/// weights that were fitted on the training rows.
struct MultiClass: Portable {
    private let mixture: LogOddsMixture
    /// How many training rows have each class.
    private let counts: [Int]
    /// Whether the scores of balanced models lie behind the others.
    private let keepsBalanced: Bool

    static func kinds(_ settings: MislabelSettings) -> [VectorModelKind] {
        let kinds = [VectorModelKind(isBalanced: false)]
        // Few rows of a rare category reach one half by models that are not balanced.
        return settings.flag == .half ? kinds + [VectorModelKind(isBalanced: true)] : kinds
    }

    /// - Parameters:
    ///   - classes: The class of every row.
    ///   - count: Classes.
    init(
        _ witnesses: Witnesses, classes: [Int32], count: Int
    ) throws(Fault) {
        let given = Self.judged(witnesses, classes)
        var counts = [Int](repeating: 0, count: count)
        for own in given where own >= 0 { counts[own] += 1 }
        self.counts = counts
        keepsBalanced = witnesses.vectors.count > 1
        mixture = try LogOddsMixture(
            Self.logOdds(witnesses, classes, counts), given: given)
    }

    /// The class of each of the witnesses' rows; -1 for those that are not judged.
    private static func judged(_ witnesses: Witnesses, _ classes: [Int32]) -> [Int] {
        let held = witnesses.vectors[0]
        let isSupported = held.columns.indices.map { held.supported(category: $0) }
        return witnesses.rows.enumerated().map { place, row in
            let own = Int(classes[Int(row)])
            return own >= 0 && isSupported[own][place] ? own : -1
        }
    }

    private static func logOdds(
        _ witnesses: Witnesses, _ classes: [Int32], _ counts: [Int]
    ) -> [[[Double]]] {
        [
            witnesses.vectors[0].logits, witnesses.nGrams.logits,
            witnesses.neighbours.logShares(counts) { row in
                let own = classes[Int(row)]
                return own < 0 ? nil : Int(own)
            },
        ]
    }

    /// Classes.
    var count: Int { counts.count }

    /// Numbers a row: the log-odds of each class, the share of the neighbours of other classes,
    /// and, for the paper's rule, the log-odds of balanced models.
    var width: Int { count + 1 + (keepsBalanced ? count : 0) }

    /// The numbers of the witnesses' rows, row after row; NaN for rows that are not judged.
    func scores(_ witnesses: Witnesses, classes: [Int32]) -> [Float] {
        let sums = mixture.sums(Self.logOdds(witnesses, classes, counts))
        let judged = Self.judged(witnesses, classes)
        var scores: [Float] = []
        scores.reserveCapacity(witnesses.rows.count * width)
        for (place, own) in judged.enumerated() {
            if own < 0 {
                scores += repeatElement(.nan, count: width)
                continue
            }
            for column in sums { scores.append(Float(column[place])) }
            scores.append(
                witnesses.neighbours.disagreement(at: place, with: Int32(own)) { row in
                    let other = classes[Int(row)]
                    return other == GivenLabels.unknown ? nil : other
                })
            if keepsBalanced {
                for column in witnesses.vectors[1].logits { scores.append(Float(column[place])) }
            }
        }
        return scores
    }

    func write(to bytes: inout PortableWriter) {
        mixture.write(to: &bytes)
        counts.write(to: &bytes)
        keepsBalanced.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        mixture = try LogOddsMixture(from: &bytes)
        counts = try [Int](from: &bytes)
        keepsBalanced = try Bool(from: &bytes)
    }
}

extension MultiClass {
    /// Adds the verdicts of all rows.
    ///
    /// - Parameters:
    ///   - scores: ``scores(_:classes:)`` of all rows.
    ///   - supported: The column of each class among all categories.
    func judge(
        _ scores: [Float], classes: [Int32], supported: [Int], _ settings: MislabelSettings,
        _ verdicts: inout Verdicts
    ) throws(Fault) {
        let judged = classes.enumerated().map { row, own in
            own >= 0 && !scores[row * width].isNaN ? own : -1
        }
        let (shares, suspicions) = try weigh(scores, judged)
        let learning = try ConfidentLearning(
            labels: judged, classes: count, probabilities: shares)
        note(learning.joint, supported, &verdicts)
        let qualities = settings.qualities(learning)
        let flags = flags(scores, judged, suspicions, learning, settings)
        verdicts.all.reserveCapacity(judged.count { $0 >= 0 })
        for (row, own) in judged.enumerated() where own >= 0 {
            let own = Int(own)
            let best = LogOddsMixture.likeliest(besides: own, logits(scores, row)) ?? own
            verdicts.all.append(
                Verdict(
                    row: Int32(row), category: Int32(supported[own]), suspicion: suspicions[row],
                    probability: shares[row * count + own], quality: qualities[row],
                    disagreement: scores[row * width + count], suggested: Int32(supported[best]),
                    given: true, flag: flags[row] ? .model : .none))
        }
    }

    private func logits(_ scores: [Float], _ row: Int) -> ArraySlice<Float> {
        scores[row * width..<row * width + count]
    }

    /// Row after row each class's share, and the suspicion of each row; NaN for rows that are not
    /// judged.
    private func weigh(
        _ scores: [Float], _ judged: [Int32]
    ) throws(Fault) -> (shares: [Float], suspicions: [Float]) {
        var shares = [Float](repeating: 0, count: judged.count * count)
        var margins = [Float](repeating: .nan, count: judged.count)
        var distrust = margins
        for (row, own) in judged.enumerated() where own >= 0 {
            let own = Int(own)
            let logits = logits(scores, row)
            let likely = LogOddsMixture.softmax(logits)
            for (at, share) in likely.enumerated() { shares[row * count + at] = Float(share) }
            let best = LogOddsMixture.likeliest(besides: own, logits) ?? own
            margins[row] = logits[logits.startIndex + best] - logits[logits.startIndex + own]
            distrust[row] = Float(1 - likely[own])
        }
        return (shares, try Suspicion.meanRanks([distrust, margins]))
    }

    /// Writes down what the joint says of each category.
    private func note(_ joint: ConfidentJoint, _ supported: [Int], _ verdicts: inout Verdicts) {
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
        _ scores: [Float], _ judged: [Int32], _ suspicions: [Float],
        _ learning: ConfidentLearning, _ settings: MislabelSettings
    ) -> [Bool] {
        switch settings.flag {
        case .half:
            return judged.enumerated().map { row, own in
                own >= 0 && scores[row * width + count + 1 + Int(own)] < 0
            }
        case .lowest:
            var members = [[Int]](repeating: [], count: count)
            for (row, own) in judged.enumerated() where own >= 0 { members[Int(own)].append(row) }
            var flags = [Bool](repeating: false, count: judged.count)
            for rows in members {
                for row in settings.lowest(suspicions, among: rows) { flags[row] = true }
            }
            return flags
        default: return learning.flags(settings.flag.filter ?? .pruneByNoiseRate)
        }
    }
}
