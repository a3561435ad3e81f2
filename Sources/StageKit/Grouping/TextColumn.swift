internal import Pipeline
package import Records

/// Texts of rows, one after the other: their bytes, and where each ends.
///
/// A string of more than 15 bytes has memory of its own, 32 bytes beside its text and 16 where it
/// is named; here a text costs its bytes and 8 more.
package struct TextColumn: RowPart, RandomAccessCollection {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    package var startIndex: Int { 0 }
    package var endIndex: Int { ends.count }

    package subscript(row: Int) -> String {
        String(decoding: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]], as: UTF8.self)
    }

    package mutating func append(_ text: String) {
        bytes += text.utf8
        ends.append(bytes.count)
    }

    package mutating func append(contentsOf other: TextColumn) {
        let base = bytes.count
        bytes += other.bytes
        ends += other.ends.lazy.map { $0 + base }
    }

    package func write(to writer: inout PortableWriter) {
        bytes.write(to: &writer)
        ends.write(to: &writer)
    }

    package init(from reader: inout PortableReader) throws(Fault) {
        bytes = try [UInt8](from: &reader)
        ends = try [Int](from: &reader)
        var last = 0
        for end in ends {
            guard end >= last, end <= bytes.count else { throw PortableReader.damaged }
            last = end
        }
    }
}

/// Values that many rows share, each kept once; a row has the value's number, -1 for none.
package struct SharedColumn<Value: Hashable & Portable>: RowPart {
    /// In the order of their first rows.
    private var values: [Value] = []
    /// Only looked up, so that its order never shows.
    private var numbers: [Value: Int32] = [:]
    private var rows: [Int32] = []

    package init() {}

    package subscript(row: Int) -> Value? { rows[row] < 0 ? nil : values[Int(rows[row])] }

    /// Equal for rows with equal values.
    package func number(of row: Int) -> Int32 { rows[row] }

    package mutating func append(_ value: Value?) {
        guard let value else { return rows.append(-1) }
        rows.append(number(of: value))
    }

    private mutating func number(of value: Value) -> Int32 {
        if let number = numbers[value] { return number }
        let number = Int32(values.count)
        numbers[value] = number
        values.append(value)
        return number
    }

    package mutating func append(contentsOf other: SharedColumn) {
        let moved = other.values.map { number(of: $0) }
        rows += other.rows.lazy.map { $0 < 0 ? -1 : moved[Int($0)] }
    }

    package func write(to writer: inout PortableWriter) {
        values.write(to: &writer)
        rows.write(to: &writer)
    }

    package init(from reader: inout PortableReader) throws(Fault) {
        for value in try [Value](from: &reader) { _ = number(of: value) }
        rows = try [Int32](from: &reader)
        guard rows.allSatisfy({ $0 < values.count }) else { throw PortableReader.damaged }
    }
}
