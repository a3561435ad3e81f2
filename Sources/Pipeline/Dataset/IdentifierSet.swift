internal import Records

/// Identifiers of rows, 16 bytes each.
///
/// Two seeds of xxHash64: two different identifiers share their 128 bits with a chance below 10⁻²⁰
/// for a billion rows.
public struct IdentifierSet: Sendable {
    /// An identifier's 128-bit hash.
    public struct Key: Hashable, Sendable {
        private var one: UInt64
        private var other: UInt64

        public init(_ id: String) {
            one = StableHash.hash(id)
            other = StableHash.hash(id, seed: 1)
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

    mutating func formUnion(_ other: IdentifierSet) { keys.formUnion(other.keys) }

    public func contains(_ id: String) -> Bool { keys.contains(Key(id)) }
}
