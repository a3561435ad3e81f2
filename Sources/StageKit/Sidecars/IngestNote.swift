package import Pipeline
package import Records

/// What other stages read of a row's line in the sidecar of `ingest`.
package struct IngestNote {
    package static let sidecar = "ingest"
    package static let languageKey: StaticString = "language"
    package static let givenKey: StaticString = "given"
    package static let sourceKey: StaticString = "source"

    /// An ISO 639 code; nil where nobody looked.
    package var language: String?
    /// The name of the source, without the path of a file in it; nil where nobody noted it.
    package var source: String?
    /// Categories that the source says are 0 and the record 1, since another label implies them.
    package var givenZeros: [String] = []

    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        let given: [UInt8]?
        let label: String?
        (language, label, given) = try parser.children(of: line) { fields in
            (
                fields[Self.languageKey]?.string, fields[Self.sourceKey]?.string,
                fields[Self.givenKey].map { Array($0.raw) }
            )
        }
        source = label?.split(separator: "/").first.map(String.init)
        if let given { givenZeros = try parser.children(of: given) { $0.map(\.key) } }
    }
}
