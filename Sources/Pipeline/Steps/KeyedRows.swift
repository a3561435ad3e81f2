public import Records

/// The key by which rows meet in a group: 128 bits of a hash.
public struct GroupKey: Equatable, Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(_ high: UInt64, _ low: UInt64 = 0) {
        self.high = high
        self.low = low
    }
}

/// Rows by a key, as a fold emits them for a group: 24 bytes each.
///
/// Not generic, since code of another module would sort a generic one through witness tables, four
/// times as slowly.
public struct KeyedRows: Mergeable {
    /// Rows part by the first bits of their keys, so that parts are in the order of keys and can be
    /// worked on at the same time.
    private static let partCount = 64
    private(set) var parts = [Part](repeating: Part(), count: KeyedRows.partCount)

    public init() {}

    public mutating func add(_ key: GroupKey, _ row: Int) {
        parts[Int(key.high >> 58)].add(key, Int32(row))
    }

    /// Gives every row with its key, in no order that means anything.
    public func forEachRow(_ body: (GroupKey, Int) -> Void) {
        for part in parts {
            for row in part.rows { body(row.key, Int(row.row)) }
        }
    }

    public mutating func merge(_ other: KeyedRows) {
        for part in parts.indices { parts[part].add(other.parts[part]) }
    }

    public func write(to bytes: inout PortableWriter) {
        for part in parts { part.write(to: &bytes) }
    }

    /// - Throws: `badData` for bytes that are no keyed rows.
    public init(from bytes: inout PortableReader) throws(Fault) {
        for number in parts.indices {
            let part = try Part(from: &bytes)
            guard part.rows.allSatisfy({ Int($0.key.high >> 58) == number })
            else { throw PortableReader.damaged }
            parts[number] = part
        }
    }
}

extension KeyedRows {
    /// The rows whose keys begin with the same bits: what one task of a group reduces.
    struct Part: Portable {
        struct Row: Sendable {
            var key: GroupKey
            /// The row's number in the input.
            var row: Int32
        }

        private(set) var rows: [Row] = []

        init() {}

        mutating func add(_ key: GroupKey, _ row: Int32) { rows.append(Row(key: key, row: row)) }

        mutating func add(_ other: Part) { rows += other.rows }

        /// The rows sorted, so that equal parts have equal bytes.
        func write(to bytes: inout PortableWriter) {
            let sorted = sorted
            sorted.map { $0.key.high }.write(to: &bytes)
            sorted.map { $0.key.low }.write(to: &bytes)
            sorted.map { $0.row }.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            let high = try [UInt64](from: &bytes)
            let low = try [UInt64](from: &bytes)
            let numbers = try [Int32](from: &bytes)
            guard high.count == low.count, high.count == numbers.count
            else { throw PortableReader.damaged }
            rows = high.indices.map { at in
                Row(key: GroupKey(high[at], low[at]), row: numbers[at])
            }
        }

        private var sorted: [Row] {
            rows.sorted { one, other in
                if one.key.high != other.key.high { return one.key.high < other.key.high }
                if one.key.low != other.key.low { return one.key.low < other.key.low }
                return one.row < other.row
            }
        }

        /// Gives the groups to `reduce`, in the order of keys, their rows ascending.
        func reduce<Out>(
            _ reduce: (GroupKey, ArraySlice<Int32>) throws(Fault) -> Out?
        ) throws(Fault) -> [Out] {
            let sorted = sorted
            let rows = sorted.map { $0.row }
            var found: [Out] = []
            var first = 0
            while first < sorted.count {
                let key = sorted[first].key
                var end = first + 1
                while end < sorted.count, sorted[end].key == key { end += 1 }
                if let out = try reduce(key, rows[first..<end]) { found.append(out) }
                first = end
            }
            return found
        }
    }
}
