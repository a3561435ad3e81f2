internal import Pipeline
internal import Records

/// What other stages read of a row's line in the sidecar of `ingest`.
struct IngestNote {
    static let sidecar = "ingest"
    static let languageKey: StaticString = "language"

    /// An ISO 639 code; nil where nobody looked.
    var language: String?

    /// - Throws: `badData` for a line that is no JSON.
    init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        language = try parser.children(of: line) { $0[Self.languageKey]?.string }
    }
}
