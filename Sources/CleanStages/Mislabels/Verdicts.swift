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

    var row: Int32
    var category: Int32
    var given: Bool
    var flag: Flag
    /// 0 for a contradiction, near 0 for suspicious, up to 1.
    var suspicion: Float
    /// That the category applies, by models that did not see the row; NaN where none judged.
    var probability: Float
    /// The likeliest other category of a row that has exactly one; -1 where that says nothing.
    var suggested: Int32 = -1
    var isAudited = false
}

extension Verdict {
    func write(to bytes: inout PortableWriter) {
        row.write(to: &bytes)
        category.write(to: &bytes)
        given.write(to: &bytes)
        flag.write(to: &bytes)
        suspicion.write(to: &bytes)
        probability.write(to: &bytes)
        suggested.write(to: &bytes)
        isAudited.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        row = try Int32(from: &bytes)
        category = try Int32(from: &bytes)
        given = try Bool(from: &bytes)
        flag = try Flag(from: &bytes)
        suspicion = try Float(from: &bytes)
        probability = try Float(from: &bytes)
        suggested = try Int32(from: &bytes)
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
    private(set) var offsets: [Int] = [0]

    init() {}

    /// Puts verdicts in order and merges contradictions, which win over what models say.
    mutating func finish(rows: Int, contradictions: [Verdict]) {
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
        offsets = [Int](repeating: 0, count: rows + 1)
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
            joined.suspicion = 0
        }
        merged[merged.count - 1] = joined
    }

    /// Without the findings, which are not the rows'.
    func write(to bytes: inout PortableWriter) {
        all.write(to: &bytes)
        offsets.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        all = try [Verdict](from: &bytes)
        offsets = try [Int](from: &bytes)
    }

    func of(row: Int) -> ArraySlice<Verdict> { all[offsets[row]..<offsets[row + 1]] }

    /// The rows flagged in each category, ascending.
    func flagged(categories: Int) -> [[Int]] {
        var rows = [[Int]](repeating: [], count: categories)
        for verdict in all where verdict.flag != .none {
            rows[Int(verdict.category)].append(Int(verdict.row))
        }
        return rows
    }
}
