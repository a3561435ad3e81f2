public import Records

/// Identifiers of rows, 16 bytes each.
///
/// Two seeds of xxHash64: two different identifiers share their 128 bits with a chance below 10⁻²⁰
/// for a billion rows.
public struct IdentifierSet: Mergeable {
    /// An identifier's 128-bit hash.
    public struct Key: Hashable, Comparable, Portable {
        private var one: UInt64
        private var other: UInt64

        public init(_ id: String) {
            one = StableHash.hash(id)
            other = StableHash.hash(id, seed: 1)
        }

        public static func < (one: Key, other: Key) -> Bool {
            (one.one, one.other) < (other.one, other.other)
        }

        public func write(to bytes: inout PortableWriter) {
            one.write(to: &bytes)
            other.write(to: &bytes)
        }

        /// - Throws: `badData` for bytes that are no key.
        public init(from bytes: inout PortableReader) throws(Fault) {
            one = try UInt64(from: &bytes)
            other = try UInt64(from: &bytes)
        }

        /// One half is spread evenly already, so that it is enough for the set's own hash.
        public func hash(into hasher: inout Hasher) { hasher.combine(one) }
    }

    private var keys: Set<Key> = []

    public init() {}

    /// Whether it was not there before.
    @discardableResult
    public mutating func insert(_ key: Key) -> Bool { keys.insert(key).inserted }

    @discardableResult
    public mutating func insert(_ id: String) -> Bool { insert(Key(id)) }

    public mutating func merge(_ other: IdentifierSet) { keys.formUnion(other.keys) }

    public func write(to bytes: inout PortableWriter) { keys.write(to: &bytes) }

    /// - Throws: `badData` for bytes that are no identifiers.
    public init(from bytes: inout PortableReader) throws(Fault) {
        keys = try Set<Key>(from: &bytes)
    }

    public func contains(_ id: String) -> Bool { keys.contains(Key(id)) }
}
