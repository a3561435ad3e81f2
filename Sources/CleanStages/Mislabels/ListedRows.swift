internal import Records
internal import StageKit

/// What the files say of the rows that they list beside the verdicts: texts, and the neighbours of
/// those that are no training rows.
struct ListedRows: RowPart {
    /// Rows that were looked through.
    private var count = 0
    /// Those of them that are listed, ascending.
    private var rows: [Int32] = []
    private var texts = TextColumn()
    private var neighbours: [Int32] = []
    /// Where the neighbours of each listed row end.
    private var ends: [Int] = []

    init() {}

    /// Adds a row that is listed.
    ///
    /// - Parameter neighbours: By their numbers, nearest first.
    mutating func append(_ text: String, neighbours near: [Int32]) {
        rows.append(Int32(count))
        texts.append(text)
        neighbours += near
        ends.append(neighbours.count)
        count += 1
    }

    /// Adds a row that is not.
    mutating func skip() { count += 1 }

    mutating func append(contentsOf other: ListedRows) {
        rows += other.rows.lazy.map { [count] in $0 + Int32(count) }
        texts.append(contentsOf: other.texts)
        ends += other.ends.lazy.map { [base = neighbours.count] in $0 + base }
        neighbours += other.neighbours
        count += other.count
    }

    /// nil for a row that is not listed.
    func text(of row: Int) -> String? { place(of: row).map { texts[$0] } }

    func neighbours(of row: Int) -> [Int32] {
        guard let place = place(of: row) else { return [] }
        return Array(neighbours[(place == 0 ? 0 : ends[place - 1])..<ends[place]])
    }

    private func place(of row: Int) -> Int? {
        let place = partitionPoint(rows.count) { Int(rows[$0]) < row }
        return place < rows.count && Int(rows[place]) == row ? place : nil
    }

    func write(to bytes: inout PortableWriter) {
        count.write(to: &bytes)
        rows.write(to: &bytes)
        texts.write(to: &bytes)
        neighbours.write(to: &bytes)
        ends.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        count = try Int(from: &bytes)
        rows = try [Int32](from: &bytes)
        texts = try TextColumn(from: &bytes)
        neighbours = try [Int32](from: &bytes)
        ends = try [Int](from: &bytes)
        guard texts.count == rows.count, ends.count == rows.count,
            (ends.last ?? 0) == neighbours.count,
            zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw PortableReader.damaged }
    }
}
