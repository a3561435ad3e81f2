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
    /// Ids that rows are told: of the kept row that one matched, or of the first of its cluster.
    private var names = IdentifierColumn()
    /// The places of the names of refused rows and of later ones of clusters.
    private var nameOfRow = SparseColumn<Int32>()
    /// The refusals in the order of the rows.
    private var refusedRows: [Int32] = []
    private var codes = SharedColumn<String>()
    private var details = SharedColumn<String>()
    private var scores = SparseColumn<Double>()

    init() {}

    /// The rows in their order.
    mutating func append(refusal: Refusal, name: Int32?) {
        refusedRows.append(Int32(flags.count))
        codes.append(refusal.code)
        details.append(refusal.detail)
        scores.append(refusal.score)
        nameOfRow.append(name)
        flags.append(Flags.isRefused.rawValue)
    }

    /// - Parameter cluster: The name of the first row of its cluster; nil for that row.
    mutating func append(cluster: Int32?, isConflict: Bool) {
        nameOfRow.append(cluster)
        flags.append(isConflict ? Flags.isConflict.rawValue : 0)
    }

    /// Adds a name and gives its place.
    mutating func add(name: String) -> Int32 {
        names.append(name)
        return Int32(names.count - 1)
    }

    func outcome(_ row: Row) -> Outcome {
        let known = Flags(rawValue: flags[row.index])
        if known.contains(.isRefused) { return Outcome(.refuse(refusal(of: row.index))) }
        let note = DedupeNote(
            cluster: name(told: row.index) ?? row.record.id, isConflict: known.contains(.isConflict)
        )
        return Outcome(.keep, note: note.line)
    }

    private func refusal(of row: Int) -> Refusal {
        let place = partitionPoint(refusedRows.count) { Int(refusedRows[$0]) < row }
        return Refusal(
            codes[place] ?? "", score: scores[place], matched: name(told: row),
            detail: details[place])
    }

    private func name(told row: Int) -> String? {
        nameOfRow[row].map { names[Int($0)] }
    }

    func write(to bytes: inout PortableWriter) {
        flags.write(to: &bytes)
        names.write(to: &bytes)
        nameOfRow.write(to: &bytes)
        refusedRows.write(to: &bytes)
        codes.write(to: &bytes)
        details.write(to: &bytes)
        scores.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no outcomes.
    init(from bytes: inout PortableReader) throws(Fault) {
        flags = try [UInt8](from: &bytes)
        names = try IdentifierColumn(from: &bytes)
        nameOfRow = try SparseColumn<Int32>(from: &bytes)
        refusedRows = try [Int32](from: &bytes)
        codes = try SharedColumn<String>(from: &bytes)
        details = try SharedColumn<String>(from: &bytes)
        scores = try SparseColumn<Double>(from: &bytes)
    }
}
