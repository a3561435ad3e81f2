internal import Records
internal import Vectors

/// Which rows belong together: a root and its descendants, a contrast set, a cluster of
/// duplicates, and whatever these connect.
///
/// Such rows share wording, so they must share a fold and a split: a model would otherwise be
/// judged on twins of what it learnt.
struct RowGroups: Sendable {
    /// Each row's group; groups are numbered from 0 in the order of their first rows.
    let ids: [Int32]
    let count: Int

    /// Joins rows that have a key in common, directly or through others.
    ///
    /// - Parameter keys: The keys of each row; see ``GroupKeys``.
    init(_ keys: [GroupKeys]) {
        var sets = UnionFind(count: keys.count)
        var firstRow: [UInt64: Int32] = [:]
        firstRow.reserveCapacity(keys.count)
        for (row, keys) in keys.enumerated() {
            for key in keys.values {
                guard let other = firstRow[key] else {
                    firstRow[key] = Int32(row)
                    continue
                }
                sets.union(row, Int(other))
            }
        }
        var ids = [Int32](repeating: -1, count: keys.count)
        var count: Int32 = 0
        for row in keys.indices {
            let head = sets.find(row)
            if head == row {
                ids[row] = count
                count += 1
            } else {
                ids[row] = ids[head]
            }
        }
        self.ids = ids
        self.count = Int(count)
    }
}

/// What ties one row to others, as 64-bit hashes: a chance collision only joins two groups.
struct GroupKeys: Sendable {
    private(set) var values: [UInt64]

    /// - Parameter cluster: The row's line in the `dedupe` sidecar, if there is one.
    init(_ record: Record, dedupe: [UInt8]?) throws(Fault) {
        values = [Self.record(record.id)]
        if let root = record.provenance.rootID { values.append(Self.record(root)) }
        if let parent = record.provenance.parentID { values.append(Self.record(parent)) }
        if let set = record.provenance.setID { values.append(StableHash.hash(set, seed: 1)) }
        if let dedupe {
            var parser = JSONParser()
            let cluster = try parser.children(of: dedupe) { fields in fields["cluster"]?.string }
            if let cluster { values.append(Self.record(cluster)) }
        }
    }

    /// Roots, parents and clusters are all named by the id of a record, present or not.
    private static func record(_ id: String) -> UInt64 { StableHash.hash(id) }
}
