package import Pipeline
package import Records

/// A value of a record's metadata, as a setting names it: `metadata.KEY`, or `metadata.KEY.KEY` of
/// an object inside.
package struct MetadataField: Sendable, Equatable {
    /// As the user wrote it.
    package let name: String
    private let key: String

    private static let prefix = "metadata."

    /// Nil, with a fault at `key`, for a name that is no field of the metadata.
    package init?(_ name: String, of key: String, _ settings: SettingsReader) {
        guard name.hasPrefix(Self.prefix), name.utf8.count > Self.prefix.utf8.count else {
            settings.fault(
                key, "`\(key)` is `\(name)`, not a field of the metadata",
                hint: "write `metadata.KEY`, as in `\(key): metadata.\(Self.example(name))`")
            return nil
        }
        self.name = name
        self.key = String(name.dropFirst(Self.prefix.count))
    }

    private static func example(_ name: String) -> String {
        let isKey = !name.isEmpty && !name.contains { " .\"`".contains($0) }
        return isKey && name != "metadata" ? name : "user"
    }

    /// The value of a record; nil for null, a blank text, a list or an object, and where there is
    /// none.
    ///
    /// An empty cell of a CSV file is a blank text: rows without a user are no rows of one user. A
    /// key that has the dots in its name goes before objects inside each other.
    ///
    /// - Throws: `badData` for metadata that are no JSON.
    package func value(
        of record: Record, _ parser: inout JSONParser
    ) throws(Fault) -> JSONScalar? {
        var found = try JSONScalar(at: [key], in: record.metadata, &parser)
        let keys = key.split(separator: ".").map(String.init)
        if found == nil, keys.count > 1 {
            found = try JSONScalar(at: keys[...], in: record.metadata, &parser)
        }
        guard let found, !found.text.allSatisfy(\.isWhitespace) else { return nil }
        return found
    }
}
