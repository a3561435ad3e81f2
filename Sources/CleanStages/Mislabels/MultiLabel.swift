internal import Records
internal import Vectors

/// Judges categories one by one, each against its absence.
///
/// Suspicions are on one scale for all categories: the chance that a label is wrong, by the
/// log-odds of models and neighbours, whose weights were fitted on the training rows.
struct MultiLabel: Portable {
    let categories: Int
    /// The weights of the vectors' models, the n-grams' and the neighbours, of a single category;
    /// nil with several.
    private let mixture: LogOddsMixture?
    /// How many training rows have the label 0 and 1 of a single category.
    private let counts: [Int]
    /// The weight of the n-grams beside the vectors, with several categories.
    private let nGramShare: Double

    /// With several categories, unbalanced models with the row's other labels find what contradicts
    /// them, balanced ones what a rare category lacks; without the other labels the text has its
    /// say.
    static func kinds(categories: Int, _ settings: MislabelSettings) -> [VectorModelKind] {
        if categories == 1 { return MultiClass.kinds(settings) }
        return [
            VectorModelKind(isBalanced: false, seesOtherLabels: true),
            VectorModelKind(isBalanced: true, seesOtherLabels: true),
            VectorModelKind(isBalanced: true),
        ]
    }

    /// - Parameter table: The labels of every row.
    init(_ witnesses: Witnesses, table: LabelTable) async throws(Fault) {
        categories = table.categories
        let judged = Self.judged(witnesses, table)
        if categories == 1 {
            let counts = [0, 1].map { label in judged[0].count { $0 == label } }
            mixture = try LogOddsMixture(
                Self.halves(witnesses, table, counts), given: judged[0].map { Int($0) })
            self.counts = counts
            nGramShare = 0
        } else {
            mixture = nil
            counts = []
            nGramShare = try await Self.nGramShare(
                witnesses.vectors[2].logits, witnesses.nGrams.logits, judged)
        }
    }

    /// Category → the label of each of the witnesses' rows; unknown for those that are not judged.
    private static func judged(_ witnesses: Witnesses, _ table: LabelTable) -> [[Int8]] {
        table.columns.enumerated().map { category, column in
            let isSupported = witnesses.vectors[0].supported(category: category)
            return zip(witnesses.rows, isSupported).map { row, isSupported in
                isSupported ? column[Int(row)] : LabelTable.unknown
            }
        }
    }

    /// The log-odds of a single category as those of two classes.
    private static func halves(
        _ witnesses: Witnesses, _ table: LabelTable, _ counts: [Int]
    ) -> [[[Double]]] {
        func halves(_ logits: [Double]) -> [[Double]] {
            [logits.map { -$0 / 2 }, logits.map { $0 / 2 }]
        }
        return [
            halves(witnesses.vectors[0].logits[0]), halves(witnesses.nGrams.logits[0]),
            witnesses.neighbours.logShares(counts) { row in
                let label = table.columns[0][Int(row)]
                return label < 0 ? nil : Int(label)
            },
        ]
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

    /// Numbers a row, each of them one a category: the log-odds of all witnesses, those of the
    /// models that confident learning looks at, the share of the neighbours with another label, and
    /// the log-odds of balanced models where they are known.
    var width: Int { 4 * categories }

    private enum Part: Int { case all, learning, disagreement, balanced }

    private func place(_ part: Part, _ category: Int, _ row: Int) -> Int {
        row * width + part.rawValue * categories + category
    }

    /// The numbers of the witnesses' rows, row after row; NaN for labels that are not judged.
    func scores(_ witnesses: Witnesses, table: LabelTable) -> [Float] {
        let judged = Self.judged(witnesses, table)
        let (all, learning) = logOdds(witnesses, table)
        let balanced = witnesses.vectors.count > 1 ? witnesses.vectors.last?.logits : nil
        var scores = [Float](repeating: .nan, count: witnesses.rows.count * width)
        for (category, labels) in judged.enumerated() {
            let column = table.columns[category]
            for (row, label) in labels.enumerated() where label >= 0 {
                scores[place(.all, category, row)] = Float(all[category][row])
                scores[place(.learning, category, row)] = Float(learning[category][row])
                scores[place(.disagreement, category, row)] =
                    witnesses.neighbours.disagreement(at: row, with: label) { other in
                        column[Int(other)] < 0 ? nil : column[Int(other)]
                    }
                if let balanced {
                    scores[place(.balanced, category, row)] = Float(balanced[category][row])
                }
            }
        }
        return scores
    }

    /// Category → row → the log-odds of all witnesses, and those of confident learning.
    private func logOdds(
        _ witnesses: Witnesses, _ table: LabelTable
    ) -> (all: [[Double]], learning: [[Double]]) {
        if let mixture {
            let sums = mixture.sums(Self.halves(witnesses, table, counts))
            let all = [zip(sums[0], sums[1]).map { $1 - $0 }]
            return (all, all)
        }
        let (first, balanced, alone) = (
            witnesses.vectors[0].logits, witnesses.vectors[1].logits, witnesses.vectors[2].logits
        )
        let all = first.indices.map { category in
            witnesses.rows.indices.map { row in
                let vectors =
                    (first[category][row] + balanced[category][row] + alone[category][row]) / 3
                return (1 - nGramShare) * vectors
                    + nGramShare * witnesses.nGrams.logits[category][row]
            }
        }
        return (all, first)
    }

    func write(to bytes: inout PortableWriter) {
        categories.write(to: &bytes)
        mixture.write(to: &bytes)
        counts.write(to: &bytes)
        nGramShare.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        categories = try Int(from: &bytes)
        mixture = try LogOddsMixture?(from: &bytes)
        counts = try [Int](from: &bytes)
        nGramShare = try Double(from: &bytes)
    }
}

extension MultiLabel {
    /// Adds the verdicts of all rows.
    ///
    /// - Parameters:
    ///   - scores: ``scores(_:table:)`` of all rows.
    ///   - supported: The column of each category of `table` among all categories.
    func judge(
        _ scores: [Float], table: LabelTable, supported: [Int], _ settings: MislabelSettings,
        _ verdicts: inout Verdicts
    ) throws(Fault) {
        let judged = table.columns.enumerated().map { category, column in
            column.enumerated().map { row, label in
                scores[place(.all, category, row)].isNaN ? LabelTable.unknown : label
            }
        }
        func probabilities(_ part: Part) throws(Fault) -> HeldOutProbabilities {
            try HeldOutProbabilities(
                assertedOutOfSample: judged.indices.map { category in
                    (0..<table.rows).map { row in
                        let logit = scores[place(part, category, row)]
                        return logit.isNaN ? 0 : LogisticModel.probability(logit: Double(logit))
                    }
                })
        }
        let labels = try LabelTable(rows: table.rows, columns: judged)
        let held = try probabilities(.learning)
        let learning = try MultiLabelConfidentLearning(labels: labels, probabilities: held)
        for (at, category) in learning.categories.enumerated() {
            note(category.joint, &verdicts.findings[supported[at]])
        }
        let qualities = learning.categories.map { settings.qualities($0) }
        let suspicions = judged.enumerated().map { category, labels in
            labels.enumerated().map { row, label -> Float in
                if label < 0 { return .nan }
                let logit = Double(scores[place(.all, category, row)])
                return Float(LogisticModel.probability(logit: label == 1 ? -logit : logit))
            }
        }
        let flags =
            switch settings.flag {
            case .half:
                // Few rows of a rare category reach one half by models that are not balanced.
                try CrossScoreRule.verdicts(
                    labels: labels, probabilities: try probabilities(.balanced)
                ).map { $0.map { $0 == .disagrees } }
            case .lowest: lowest(suspicions, settings)
            default: learning.flags(settings.flag.filter ?? .pruneByNoiseRate)
            }
        for row in 0..<table.rows {
            for (at, category) in supported.enumerated() where judged[at][row] >= 0 {
                verdicts.all.append(
                    Verdict(
                        row: Int32(row), category: Int32(category),
                        suspicion: suspicions[at][row],
                        probability: Float(held.columns[at][row]), quality: qualities[at][row],
                        disagreement: scores[place(.disagreement, at, row)],
                        given: judged[at][row] == 1, flag: flags[at][row] ? .model : .none))
            }
        }
    }

    private func lowest(_ suspicions: [[Float]], _ settings: MislabelSettings) -> [[Bool]] {
        suspicions.map { column in
            var flags = [Bool](repeating: false, count: column.count)
            for row in settings.lowest(column, among: Array(column.indices)) { flags[row] = true }
            return flags
        }
    }

    /// Writes down what the joint says of a category.
    private func note(_ joint: ConfidentJoint, _ finding: inout CategoryFinding) {
        finding.estimatedNoise = joint.noise
        finding.likelyMissing = joint.calibrated[0][1]
        finding.likelySuperfluous = joint.calibrated[1][0]
    }
}

extension ConfidentJoint {
    /// The share of labels that are wrong by the joint, 0...1; 0 without any.
    fileprivate var noise: Double {
        var (wrong, all) = (0, 0)
        for (given, counts) in calibrated.enumerated() {
            for (actual, count) in counts.enumerated() {
                all += count
                if given != actual { wrong += count }
            }
        }
        return all > 0 ? Double(wrong) / Double(all) : 0
    }
}
