internal import Pipeline
internal import Records
internal import StageKit

/// What becomes of the rows: a byte a row, and what is said of those that are not like no other.
struct DedupeOutcomes: Portable {
    /// What is known of a row; none for one that stays and is like no other.
    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let isRefused = Flags(rawValue: 1)
        /// A row has a like text and contrary labels.
        static let isConflict = Flags(rawValue: 2)
    }

    private var flags: [UInt8] = []
    /// Ids that rows are told: of the kept row that one matched, or of the first of its group.
    private var names = IdentifierColumn()
    /// The places of the names of the kept rows that rows match.
    private var matchOfRow = SparseColumn<Int32>()
    /// The places of the names of the groups of rows that are not the first of theirs.
    private var groupOfRow = SparseColumn<Int32>()
    /// The rows that match another or are refused, in their order, and what is said of each.
    private var matchedRows: [Int32] = []
    private var codes = SharedColumn<String>()
    private var details = SharedColumn<String>()
    private var scores = SparseColumn<Double>()

    init() {}

    /// A row that is refused; the rows in their order.
    mutating func append(refusal: Refusal, name: Int32?) {
        append(refusal, name, group: nil, .isRefused)
    }

    /// A row that stays though it matches another.
    mutating func append(match: Refusal, name: Int32, group: Int32?, isConflict: Bool) {
        append(match, name, group: group, isConflict ? .isConflict : [])
    }

    /// A row that matches no other.
    ///
    /// - Parameter group: The name of the first row of its group; nil for that row.
    mutating func append(group: Int32?, isConflict: Bool) {
        matchOfRow.append(nil)
        groupOfRow.append(group)
        flags.append(isConflict ? Flags.isConflict.rawValue : 0)
    }

    private mutating func append(
        _ match: Refusal, _ name: Int32?, group: Int32?, _ flags: Flags
    ) {
        matchedRows.append(Int32(self.flags.count))
        codes.append(match.code)
        details.append(match.detail)
        scores.append(match.score)
        matchOfRow.append(name)
        groupOfRow.append(group)
        self.flags.append(flags.rawValue)
    }

    /// Adds a name and gives its place.
    mutating func add(name: String) -> Int32 {
        names.append(name)
        return Int32(names.count - 1)
    }

    func outcome(_ row: Row) -> Outcome {
        let known = Flags(rawValue: flags[row.index])
        let match = match(of: row.index)
        if known.contains(.isRefused), let match { return Outcome(.refuse(match)) }
        let note = DedupeNote(
            cluster: match?.matched ?? row.record.id, group: group(of: row.index) ?? row.record.id,
            isConflict: known.contains(.isConflict), match: match)
        return Outcome(.keep, note: note.line)
    }

    private func match(of row: Int) -> Refusal? {
        let place = partitionPoint(matchedRows.count) { Int(matchedRows[$0]) < row }
        guard place < matchedRows.count, Int(matchedRows[place]) == row else { return nil }
        return Refusal(
            codes[place] ?? "", score: scores[place],
            matched: matchOfRow[row].map { names[Int($0)] }, detail: details[place])
    }

    private func group(of row: Int) -> String? { groupOfRow[row].map { names[Int($0)] } }

    func write(to bytes: inout PortableWriter) {
        flags.write(to: &bytes)
        names.write(to: &bytes)
        matchOfRow.write(to: &bytes)
        groupOfRow.write(to: &bytes)
        matchedRows.write(to: &bytes)
        codes.write(to: &bytes)
        details.write(to: &bytes)
        scores.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no outcomes.
    init(from bytes: inout PortableReader) throws(Fault) {
        flags = try [UInt8](from: &bytes)
        names = try IdentifierColumn(from: &bytes)
        matchOfRow = try SparseColumn<Int32>(from: &bytes)
        groupOfRow = try SparseColumn<Int32>(from: &bytes)
        matchedRows = try [Int32](from: &bytes)
        codes = try SharedColumn<String>(from: &bytes)
        details = try SharedColumn<String>(from: &bytes)
        scores = try SparseColumn<Double>(from: &bytes)
    }
}
