internal import Records

/// The identifiers of a dataset's rows, 16 bytes each.
///
/// Two different identifiers share their 128 bits with a chance below 10⁻²⁰ for a billion rows.
struct IdentifierSet: Sendable {
    private struct Key: Hashable {
        var one: UInt64
        var other: UInt64
    }

    private var keys: Set<Key> = []

    mutating func insert(_ id: String) { keys.insert(Self.key(id)) }

    mutating func formUnion(_ other: IdentifierSet) { keys.formUnion(other.keys) }

    func contains(_ id: String) -> Bool { keys.contains(Self.key(id)) }

    private static func key(_ id: String) -> Key {
        Key(one: StableHash.hash(id), other: StableHash.hash(id, seed: 1))
    }
}
