package import Pipeline
package import Records

/// A row's line in the sidecar of `dedupe`: which rows are like it.
package struct DedupeNote {
    package static let sidecar = "dedupe"

    private static let clusterKey: StaticString = "cluster"
    private static let conflictKey: StaticString = "conflict"

    /// The id of the first row of those that are alike, its own for a row like no other.
    package var cluster: String?
    /// Whether a like row has contrary labels.
    package var isConflict: Bool

    package init(cluster: String, isConflict: Bool) {
        self.cluster = cluster
        self.isConflict = isConflict
    }

    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        (cluster, isConflict) = try parser.children(of: line) { fields in
            (fields[Self.clusterKey]?.string, fields.isTrue(Self.conflictKey))
        }
    }

    package var line: [UInt8] {
        var object = JSONObject()
        object[Self.clusterKey.description] = cluster.map { .string($0) } ?? .null
        object[Self.conflictKey.description] = .boolean(isConflict)
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
