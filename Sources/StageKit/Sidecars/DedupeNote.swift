package import Pipeline
package import Records

/// A row's line in the sidecar of `dedupe`: which rows are like it.
package struct DedupeNote {
    package static let sidecar = "dedupe"

    private static let clusterKey: StaticString = "cluster"
    private static let groupKey: StaticString = "group"
    private static let conflictKey: StaticString = "conflict"

    /// The id of the row that stands for this one, which is like it by itself: its own for a row
    /// that is no copy.
    package var cluster: String?
    /// The id of the first of the rows that are connected with this one by any chain of
    /// likenesses, its own for a row like no other.
    package var group: String?
    /// Whether a like row has contrary labels.
    package var isConflict: Bool
    /// How the row is like the row of ``cluster``, where it stays though it is a copy.
    private var match: Refusal?

    package init(cluster: String, group: String, isConflict: Bool, match: Refusal? = nil) {
        self.cluster = cluster
        self.group = group
        self.isConflict = isConflict
        self.match = match
    }

    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        (cluster, group, isConflict) = try parser.children(of: line) { fields in
            (
                fields[Self.clusterKey]?.string, fields[Self.groupKey]?.string,
                fields.isTrue(Self.conflictKey)
            )
        }
    }

    package var line: [UInt8] {
        var object = JSONObject()
        object[Self.clusterKey.description] = cluster.map { .string($0) } ?? .null
        object[Self.groupKey.description] = group.map { .string($0) } ?? .null
        object[Self.conflictKey.description] = .boolean(isConflict)
        if let match {
            object["match"] = .string(match.code)
            object["score"] = match.score.map { .number($0) } ?? .null
        }
        return object.bytes
    }
}

extension Row {
    /// The row's line in a sidecar of objects; nil when there is none.
    package func object(_ sidecar: String) -> [UInt8]? {
        guard let line = note(sidecar), line.first == UInt8(ascii: "{") else { return nil }
        return line
    }
}

extension JSONChildren {
    /// Whether a key has the value true.
    package func isTrue(_ key: StaticString) -> Bool {
        if case .boolean(true)? = self[key]?.kind { true } else { false }
    }
}
