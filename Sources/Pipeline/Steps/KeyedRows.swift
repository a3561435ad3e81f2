public import Records

/// The key by which rows meet in a group: 128 bits of a hash.
public struct GroupKey: Portable, Hashable, Comparable {
    public var high: UInt64
    public var low: UInt64

    public init(_ high: UInt64, _ low: UInt64 = 0) {
        self.high = high
        self.low = low
    }

    public static func < (one: GroupKey, other: GroupKey) -> Bool {
        (one.high, one.low) < (other.high, other.low)
    }

    public func write(to bytes: inout PortableWriter) {
        high.write(to: &bytes)
        low.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no key.
    public init(from bytes: inout PortableReader) throws(Fault) {
        high = try UInt64(from: &bytes)
        low = try UInt64(from: &bytes)
    }
}

/// Small keyed rows, as a fold emits them for a group: 16 bytes and the value each.
public struct KeyedRows<Value: Portable & Comparable>: Mergeable {
    struct Row: Sendable {
        var key: GroupKey
        var value: Value

        static func isBefore(_ one: Row, _ other: Row) -> Bool {
            one.key == other.key ? one.value < other.value : one.key < other.key
        }
    }

    /// Rows part by the first bits of their keys, so that parts are in the order of keys and can be
    /// worked on at the same time.
    static var partCount: Int { 64 }
    private(set) var parts: [[Row]] = .init(repeating: [], count: KeyedRows.partCount)

    public init() {}

    public mutating func add(_ key: GroupKey, _ value: Value) {
        parts[Int(key.high >> 58)].append(Row(key: key, value: value))
    }

    public mutating func merge(_ other: KeyedRows<Value>) {
        for part in parts.indices { parts[part] += other.parts[part] }
    }

    public func write(to bytes: inout PortableWriter) {
        for part in parts {
            let sorted = part.sorted(by: Row.isBefore)
            sorted.map(\.key).write(to: &bytes)
            sorted.map(\.value).write(to: &bytes)
        }
    }

    /// - Throws: `badData` for bytes that are no keyed rows.
    public init(from bytes: inout PortableReader) throws(Fault) {
        for part in parts.indices {
            let (keys, values) = (try [GroupKey](from: &bytes), try [Value](from: &bytes))
            guard keys.count == values.count,
                keys.allSatisfy({ Int($0.high >> 58) == part })
            else { throw PortableReader.damaged }
            parts[part] = zip(keys, values).map { Row(key: $0, value: $1) }
        }
    }

    /// Gives the groups of a part to `reduce`, in the order of keys, their values sorted.
    static func reduce<Out>(
        _ part: [Row], _ reduce: (GroupKey, [Value]) throws(Fault) -> [Out]
    ) throws(Fault) -> [Out] {
        let sorted = part.sorted(by: Row.isBefore)
        var found: [Out] = []
        var first = 0
        while first < sorted.count {
            var end = first + 1
            while end < sorted.count, sorted[end].key == sorted[first].key { end += 1 }
            found += try reduce(sorted[first].key, sorted[first..<end].map(\.value))
            first = end
        }
        return found
    }
}
