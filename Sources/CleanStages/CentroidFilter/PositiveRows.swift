internal import Pipeline
internal import Records
internal import StageKit

/// Which categories each row has with label 1, in a compact form that is gathered block by block.
struct PositiveRows: RowPart {
    /// Categories in the order of their first row.
    private(set) var names: [String] = []
    /// The number of a name; only looked up, so that its order never shows.
    private var numbers: [String: Int32] = [:]
    private var offsets = [0]
    /// Rows that take no part.
    private(set) var unknown = UnknownTally()
    /// Categories of the rows, one row after the other.
    private var entries: [Int32] = []

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(_ block: RowBlock) throws(Fault) {
        for row in block.rows {
            append(row.record.labels, try UnknownNote(note: row.note(Sidecar.unknownWords)))
        }
    }

    var count: Int { offsets.count - 1 }
    var entryCount: Int { entries.count }

    /// - Parameter unknown: What the row's vector does not show.
    mutating func append(_ labels: Labels, _ unknown: UnknownNote? = nil) {
        if let unknown, unknown.isBlind {
            self.unknown.add(unknown)
            return offsets.append(entries.count)
        }
        for label in labels.known where label.value {
            entries.append(number(of: label.category))
        }
        offsets.append(entries.count)
    }

    mutating func append(contentsOf other: PositiveRows) {
        let map = other.names.map { number(of: $0) }
        unknown.merge(other.unknown)
        let base = entries.count
        entries += other.entries.lazy.map { map[Int($0)] }
        offsets += other.offsets.dropFirst().lazy.map { $0 + base }
    }

    /// Where the entries of a row stand among all.
    func range(of row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

    /// The category of an entry.
    func category(_ entry: Int) -> Int { Int(entries[entry]) }

    /// The rows and the entries of each category, rising.
    func members() -> [(rows: [Int], entries: [Int])] {
        var members = names.map { _ in (rows: [Int](), entries: [Int]()) }
        for row in 0..<count {
            for entry in range(of: row) {
                members[category(entry)].rows.append(row)
                members[category(entry)].entries.append(entry)
            }
        }
        return members
    }

    func write(to bytes: inout PortableWriter) {
        names.write(to: &bytes)
        offsets.write(to: &bytes)
        unknown.write(to: &bytes)
        entries.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        for name in try [String](from: &bytes) { _ = number(of: name) }
        offsets = try [Int](from: &bytes)
        unknown = try UnknownTally(from: &bytes)
        entries = try [Int32](from: &bytes)
    }

    private mutating func number(of name: String) -> Int32 {
        if let number = numbers[name] { return number }
        let number = Int32(names.count)
        numbers[name] = number
        names.append(name)
        return number
    }
}
