internal import Records
internal import Vectors

/// What is held against one label of one row.
struct Verdict: Portable {
    enum Flag: UInt8, Portable {
        case none
        /// The models contradict the label.
        case model
        /// The row's labels contradict each other: a category without the one it implies, or
        /// several categories where there is exactly one.
        case contradiction
    }

    // Numbers first, so that a verdict takes 40 bytes.
    var row: Int32
    var category: Int32
    /// 0...1, high for suspicious; 1 for the label of a contradiction that is likelier wrong.
    var suspicion: Float
    /// That the category applies, by models that did not see the row; NaN where none judged.
    var probability: Float
    /// How well the label agrees with the models by the measure that is asked for, 0...1; NaN where
    /// none judged.
    var quality: Float = .nan
    /// The share of the nearest neighbours, 0...1, with another label; NaN where none was asked.
    var disagreement: Float = .nan
    /// The likeliest other category of a row that has exactly one; -1 where that says nothing.
    var suggested: Int32 = -1
    /// The category whose label contradicts this one; -1 for none.
    var partner: Int32 = -1
    /// That the label is wrong, 0...1, by what was decided about labels as suspicious; NaN where
    /// too few decisions are known.
    var wrongProbability: Float = .nan
    var given: Bool
    var flag: Flag
    var isAudited = false

    /// That the given label is right, by the models; NaN where none judged.
    var ownProbability: Float { given ? probability : 1 - probability }
}

extension Verdict {
    func write(to bytes: inout PortableWriter) {
        row.write(to: &bytes)
        category.write(to: &bytes)
        suspicion.write(to: &bytes)
        probability.write(to: &bytes)
        quality.write(to: &bytes)
        disagreement.write(to: &bytes)
        suggested.write(to: &bytes)
        partner.write(to: &bytes)
        wrongProbability.write(to: &bytes)
        given.write(to: &bytes)
        flag.write(to: &bytes)
        isAudited.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        row = try Int32(from: &bytes)
        category = try Int32(from: &bytes)
        suspicion = try Float(from: &bytes)
        probability = try Float(from: &bytes)
        quality = try Float(from: &bytes)
        disagreement = try Float(from: &bytes)
        suggested = try Int32(from: &bytes)
        partner = try Int32(from: &bytes)
        wrongProbability = try Float(from: &bytes)
        given = try Bool(from: &bytes)
        flag = try Flag(from: &bytes)
        isAudited = try Bool(from: &bytes)
    }
}

/// What was found about one category.
struct CategoryFinding: Sendable {
    /// Rows with a known label, and those of them with 1.
    var rows = 0
    var positives = 0
    var isSupported = false
    /// Of so many rows at least each label has to be known.
    var minimumRows = 0
    /// The share of labels that are wrong by the confident joint; nil when not judged.
    var estimatedNoise: Double?
    /// How many labels of the category belong to others by the confident joint.
    ///
    /// The row of the noise matrix, without its zeros; one category against the rest has none.
    var likelyOthers: [(category: Int, labels: Int)] = []
    /// By the same joint, labels 0 that are likely 1, and labels 1 that are likely 0; nil where a
    /// row has exactly one category.
    var likelyMissing: Int?
    var likelySuperfluous: Int?

    /// Why the models judge no label of a category.
    enum Gap: String, Sendable, CaseIterable {
        case tooFewRows = "too_few_rows"
        case noKnownZero = "no_known_zero"
        case noKnownOne = "no_known_one"
    }

    /// nil for a category that is judged.
    var gap: Gap? {
        if isSupported { return nil }
        if rows >= minimumRows, rows > 0 {
            if positives == rows { return .noKnownZero }
            if positives == 0 { return .noKnownOne }
        }
        return .tooFewRows
    }
}

/// All verdicts, by row and then category, and a finding a category.
struct Verdicts: Portable {
    var all: [Verdict] = []
    var findings: [CategoryFinding] = []
    /// Where each row's verdicts begin in `all`; one more entry than rows.
    private(set) var offsets: [Int32] = [0]

    init() {}

    /// Puts verdicts in order and merges contradictions, which win over what models say.
    ///
    /// Of two labels that contradict each other the one that the models find less likely becomes
    /// suspicious above all; the other keeps what the models say, and both are flagged.
    mutating func finish(rows: Int, contradictions: [Verdict]) {
        if contradictions.isEmpty {
            findOffsets(rows)
            return
        }
        let marked = contradictions.sorted { ($0.row, $0.category) < ($1.row, $1.category) }
        var merged: [Verdict] = []
        merged.reserveCapacity(all.count + marked.count)
        var at = 0
        for verdict in all {
            while at < marked.count,
                (marked[at].row, marked[at].category) < (verdict.row, verdict.category)
            {
                Self.add(marked[at], to: &merged)
                at += 1
            }
            Self.add(verdict, to: &merged)
        }
        for verdict in marked[at...] { Self.add(verdict, to: &merged) }
        all = merged
        findOffsets(rows)
        for row in 0..<rows { weighContradictions(row) }
    }

    private mutating func findOffsets(_ rows: Int) {
        offsets = [Int32](repeating: 0, count: rows + 1)
        for verdict in all { offsets[Int(verdict.row) + 1] += 1 }
        for row in 0..<rows { offsets[row + 1] += offsets[row] }
    }

    private static func add(_ verdict: Verdict, to merged: inout [Verdict]) {
        guard let last = merged.last, last.row == verdict.row, last.category == verdict.category
        else {
            merged.append(verdict)
            return
        }
        var joined = verdict.probability.isNaN ? last : verdict
        if last.flag == .contradiction || verdict.flag == .contradiction {
            joined.flag = .contradiction
            joined.partner = max(last.partner, verdict.partner)
        }
        merged[merged.count - 1] = joined
    }

    /// Gives the likelier wrong side of each contradiction of a row the suspicion 1.
    private mutating func weighContradictions(_ row: Int) {
        let places = Int(offsets[row])..<Int(offsets[row + 1])
        for at in places where all[at].flag == .contradiction {
            let other = places.first { Int32(all[$0].category) == all[at].partner }
            guard let other, !all[other].probability.isNaN, !all[at].probability.isNaN else {
                all[at].suspicion = 1
                continue
            }
            let (own, its) = (all[at].ownProbability, all[other].ownProbability)
            if own < its || own == its && at < other { all[at].suspicion = 1 }
        }
    }

    /// Without the findings, which are not the rows'.
    func write(to bytes: inout PortableWriter) {
        all.write(to: &bytes)
        offsets.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        all = try [Verdict](from: &bytes)
        offsets = try [Int32](from: &bytes)
    }

    var rows: Int { offsets.count - 1 }

    func of(row: Int) -> ArraySlice<Verdict> { all[Int(offsets[row])..<Int(offsets[row + 1])] }

    /// The rows flagged in each category, ascending.
    func flagged(categories: Int) -> [[Int32]] {
        var rows = [[Int32]](repeating: [], count: categories)
        for verdict in all where verdict.flag != .none {
            rows[Int(verdict.category)].append(verdict.row)
        }
        return rows
    }
}
