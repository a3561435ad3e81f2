package import Records
internal import Vectors

/// Which rows belong together: a root and its descendants, a contrast set, a cluster of
/// duplicates, and whatever these connect.
///
/// Such rows share wording, so they must share a fold and a split: a model would otherwise be
/// judged on twins of what it learnt.
package struct RowGroups: Sendable {
    /// Each row's group; groups are numbered from 0 in the order of their first rows.
    package let ids: [Int32]
    package let count: Int

    /// Joins rows that have a key in common, directly or through others.
    ///
    /// - Parameters:
    ///   - ties: The rows of each key that several have, ascending.
    ///   - rows: So many rows there are.
    package init(_ ties: [[Int32]], rows: Int) {
        var sets = UnionFind(count: rows)
        for tie in ties {
            for row in tie.dropFirst() {
                sets.union(Int(row), Int(tie[0]))
            }
        }
        var ids = [Int32](repeating: -1, count: rows)
        var count: Int32 = 0
        for row in 0..<rows {
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
package struct GroupKeys: Sendable {
    package private(set) var values: [UInt64]

    /// - Parameter dedupe: What `dedupe` noted of the row, if it ran.
    package init(_ record: Record, dedupe: DedupeNote?) {
        let provenance = record.provenance
        values = [Self.record(record.id)]
        let related = [provenance.rootID, provenance.parentID, dedupe?.cluster, dedupe?.group]
        for id in related {
            guard let id else { continue }
            let key = Self.record(id)
            if !values.contains(key) { values.append(key) }
        }
        if let set = provenance.setID { values.append(StableHash.hash(set, seed: 1)) }
    }

    /// Roots, parents and clusters are all named by the id of a record, present or not.
    private static func record(_ id: String) -> UInt64 { StableHash.hash(id) }
}
