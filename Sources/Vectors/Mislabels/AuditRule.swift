public import Records

/// Whether a person's look at some flagged rows condemns all of them.
///
/// Markov et al. 2023, section 3.2: audit a random portion of the flagged rows; if more than 30 %
/// are mislabelled, relabel all of them. The size of the portion is not stated there. Applied to
/// each category by itself: one bad category must not carry the others along.
public struct AuditRule: Sendable, Equatable {
    /// The largest share of wrong labels, 0...1, that leaves the flagged rows alone.
    public var limit: Double
    /// How many rows are audited, at least 1; all when fewer are flagged.
    public var auditedRows: Int
    /// With fewer decided rows nothing is said of the others.
    public var leastAudited: Int

    public init(limit: Double = 0.30, auditedRows: Int = 50, leastAudited: Int = 1) {
        self.limit = limit
        self.auditedRows = auditedRows
        self.leastAudited = leastAudited
    }

    /// The flagged rows to look at, ascending: a random portion that depends on nothing but the
    /// seed, the category and the flagged rows.
    public func auditSample(of flagged: [Int], category: String, seed: UInt64) -> [Int] {
        var draws = CounterRNG(seed: seed, purpose: "mislabels.audit", id: category)
        return draws.sample(max(1, auditedRows), of: flagged.sorted()).sorted()
    }

    /// Whether all flagged rows are to be labelled again: strictly above the limit, and never
    /// with fewer audited rows than ``leastAudited``, or none.
    public func relabelsAll(audited: Int, mislabelled: Int) -> Bool {
        audited > 0 && audited >= leastAudited && Double(mislabelled) / Double(audited) > limit
    }
}

/// How far an annotator's labels agree with an auditor's, in one category.
///
/// Markov et al. 2023, section 3.2: ten rows the annotators called undesired and ten the model
/// gives p > 0.5; F1 with the auditor's labels as truth. A row in both samples counts once.
public struct AuditSample: Sendable, Equatable {
    /// Rows drawn among those labelled 1, ascending.
    public let labelled: [Int]
    /// Rows drawn among those with p > 0.5, ascending.
    public let predicted: [Int]
    /// The rows of either sample, each once, ascending.
    public let rows: [Int]

    /// Draws the rows; all of a kind when there are fewer than `each`.
    ///
    /// A row whose label is unknown has nothing to audit.
    ///
    /// - Throws: `badData` unless labels (and scores) are as many, and every score is a number.
    public init(
        labels: [Int8], probabilities: [Double], each: Int = 10, category: String, seed: UInt64
    ) throws(Fault) {
        try requireScores(probabilities, matching: labels)
        func draw(_ kind: String, _ rows: [Int]) -> [Int] {
            var draws = CounterRNG(seed: seed, purpose: "audit.\(kind)", id: category)
            return draws.sample(max(0, each), of: rows).sorted()
        }
        labelled = draw("labelled", labels.indices.filter { labels[$0] == 1 })
        predicted = draw(
            "predicted", labels.indices.filter { labels[$0] >= 0 && probabilities[$0] > 0.5 })
        rows = Array(Set(labelled).union(predicted)).sorted()
    }

    /// The annotator's labels measured against the auditor's; a pair with an unknown is skipped.
    ///
    /// - Throws: `badData` unless labels (and scores) are as many, and every score is a number.
    public static func agreement(
        annotator: [Int8], auditor: [Int8]
    ) throws(Fault) -> Confusion {
        guard annotator.count == auditor.count,
            (annotator + auditor).allSatisfy({ (-1...1).contains($0) })
        else {
            throw Fault(.badData, "the labels of annotator and auditor do not match up")
        }
        var counts = Confusion()
        for (given, truth) in zip(annotator, auditor) {
            counts.add(given < 0 ? LabelTable.unknown : truth, predicted: given == 1)
        }
        return counts
    }

    /// A bootstrap interval of the F1: twenty rows leave it wide.
    ///
    /// - Throws: `badData` unless labels (and scores) are as many, and every score is a number.
    public static func interval(
        annotator: [Int8], auditor: [Int8], resamples: Int = 1_000, seed: UInt64
    ) throws(Fault) -> BootstrapInterval? {
        _ = try agreement(annotator: annotator, auditor: auditor)
        let pairs = zip(annotator, auditor).filter { $0 >= 0 && $1 >= 0 }
        return BootstrapInterval(
            rows: pairs.count, resamples: resamples, seed: seed, purpose: "audit.interval"
        ) { rows in
            var counts = Confusion()
            for row in rows { counts.add(pairs[row].1, predicted: pairs[row].0 == 1) }
            return counts.f1
        }
    }
}
