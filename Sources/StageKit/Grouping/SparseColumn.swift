package import Records

/// Values that few rows have: 4 bytes and the value for each of these, nothing for the others.
package struct SparseColumn<Value: Portable>: RowPart {
    package private(set) var count = 0
    /// Rows with a value, ascending, and their values.
    private var rows: [Int32] = []
    private var values: [Value] = []

    package init() {}

    /// Whether no row has a value.
    package var isEmpty: Bool { rows.isEmpty }

    package subscript(row: Int) -> Value? {
        let place = partitionPoint(rows.count) { Int(rows[$0]) < row }
        return place < rows.count && Int(rows[place]) == row ? values[place] : nil
    }

    package mutating func append(_ value: Value?) {
        if let value {
            rows.append(Int32(count))
            values.append(value)
        }
        count += 1
    }

    package mutating func append(contentsOf other: SparseColumn) {
        let base = Int32(count)
        rows += other.rows.lazy.map { $0 + base }
        values += other.values
        count += other.count
    }

    package func write(to bytes: inout PortableWriter) {
        count.write(to: &bytes)
        rows.write(to: &bytes)
        values.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no column.
    package init(from bytes: inout PortableReader) throws(Fault) {
        count = try Int(from: &bytes)
        rows = try [Int32](from: &bytes)
        values = try [Value](from: &bytes)
        guard rows.count == values.count,
            zip(rows, rows.dropFirst()).allSatisfy({ $0 < $1 }),
            rows.first.map({ $0 >= 0 }) ?? true, rows.last.map({ Int($0) < count }) ?? true
        else { throw PortableReader.damaged }
    }
}
