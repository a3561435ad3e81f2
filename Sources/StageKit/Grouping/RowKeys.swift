package import Pipeline
package import Records

/// Hashes by which rows meet others, row after row: 8 bytes a key and 4 a row.
package struct RowKeys: RowPart {
    private var keys: [UInt64] = []
    /// Where each row's keys end, in `keys`.
    private var ends: [Int32] = []

    package init() {}

    /// The number of rows.
    package var count: Int { ends.count }
    /// The number of keys of all rows.
    package var keyCount: Int { keys.count }

    package subscript(row: Int) -> ArraySlice<UInt64> {
        keys[(row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])]
    }

    package mutating func append(_ keys: some Sequence<UInt64>) {
        self.keys += keys
        ends.append(Int32(self.keys.count))
    }

    package mutating func append(contentsOf other: RowKeys) {
        let base = Int32(keys.count)
        keys += other.keys
        ends += other.ends.lazy.map { $0 + base }
    }

    /// The rows of all keys that several rows have, and of a few others: what a group reduces.
    ///
    /// Most keys are of one row alone, and sorting those costs time and 24 bytes each. Two tables
    /// of one to two bytes a key each tell which keys come a second time; a key that only shares
    /// its bit with another, one in 8 to 16, is let through.
    package var shared: KeyedRows {
        var once = BitTable(keys: keyCount)
        var again = BitTable(keys: keyCount)
        for key in keys where !once.insert(key) { _ = again.insert(key) }
        var rows = KeyedRows()
        for row in 0..<count {
            for key in self[row] where again.contains(key) { rows.add(GroupKey(key), row) }
        }
        return rows
    }

    package func write(to bytes: inout PortableWriter) {
        keys.write(to: &bytes)
        ends.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no keys of rows.
    package init(from bytes: inout PortableReader) throws(Fault) {
        keys = try [UInt64](from: &bytes)
        ends = try [Int32](from: &bytes)
        guard keys.count == Int(ends.last ?? 0), ends.first.map({ $0 >= 0 }) ?? true,
            zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw PortableReader.damaged }
    }
}

/// A Bloom filter with one hash function, over keys that are hashes already: 8 to 16 bits a key.
private struct BitTable {
    private var words: [UInt64]
    private let mask: UInt64

    init(keys: Int) {
        var bits = 64
        while bits < 8 * keys { bits *= 2 }
        words = [UInt64](repeating: 0, count: bits / 64)
        mask = UInt64(bits - 1)
    }

    func contains(_ key: UInt64) -> Bool {
        words[Int((key & mask) >> 6)] >> (key & 63) & 1 == 1
    }

    /// Whether the key's bit was not set before.
    mutating func insert(_ key: UInt64) -> Bool {
        let place = Int((key & mask) >> 6)
        let bit = UInt64(1) << (key & 63)
        defer { words[place] |= bit }
        return words[place] & bit == 0
    }
}
