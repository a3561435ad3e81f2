package import Pipeline
package import Records

/// What other stages read of a row's line in the sidecar of `ingest`.
package struct IngestNote {
    package static let sidecar = "ingest"
    package static let languageKey: StaticString = "language"

    /// An ISO 639 code; nil where nobody looked.
    package var language: String?

    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        language = try parser.children(of: line) { $0[Self.languageKey]?.string }
    }
}
