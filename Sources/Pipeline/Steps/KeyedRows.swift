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
    struct Row: Sendable {
        var key: GroupKey
        /// The row's number in the input.
        var row: Int32
    }

    /// Rows part by the first bits of their keys, so that parts are in the order of keys and can be
    /// worked on at the same time.
    private static let partCount = 64
    private(set) var parts = [[Row]](repeating: [], count: KeyedRows.partCount)

    public init() {}

    public mutating func add(_ key: GroupKey, _ row: Int) {
        parts[Int(key.high >> 58)].append(Row(key: key, row: Int32(row)))
    }

    public mutating func merge(_ other: KeyedRows) {
        for part in parts.indices { parts[part] += other.parts[part] }
    }

    public func write(to bytes: inout PortableWriter) {
        for part in parts {
            let sorted = Self.sorted(part)
            sorted.map { $0.key.high }.write(to: &bytes)
            sorted.map { $0.key.low }.write(to: &bytes)
            sorted.map { $0.row }.write(to: &bytes)
        }
    }

    /// - Throws: `badData` for bytes that are no keyed rows.
    public init(from bytes: inout PortableReader) throws(Fault) {
        for part in parts.indices {
            let high = try [UInt64](from: &bytes)
            let low = try [UInt64](from: &bytes)
            let rows = try [Int32](from: &bytes)
            guard high.count == low.count, high.count == rows.count,
                high.allSatisfy({ Int($0 >> 58) == part })
            else { throw PortableReader.damaged }
            parts[part] = high.indices.map { at in
                Row(key: GroupKey(high[at], low[at]), row: rows[at])
            }
        }
    }

    private static func sorted(_ part: [Row]) -> [Row] {
        part.sorted { one, other in
            if one.key.high != other.key.high { return one.key.high < other.key.high }
            if one.key.low != other.key.low { return one.key.low < other.key.low }
            return one.row < other.row
        }
    }

    /// Gives the groups of a part to `reduce`, in the order of keys, their rows ascending.
    static func reduce<Out>(
        _ part: [Row], _ reduce: (GroupKey, ArraySlice<Int32>) throws(Fault) -> Out?
    ) throws(Fault) -> [Out] {
        let sorted = sorted(part)
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
