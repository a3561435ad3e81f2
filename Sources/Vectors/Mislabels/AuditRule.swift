internal import Records

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
