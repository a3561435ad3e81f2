package import Pipeline
package import Records

/// What other stages read of a row's line in the sidecar of `ingest`.
package struct IngestNote {
    package static let sidecar = "ingest"
    package static let languageKey: StaticString = "language"
    package static let givenKey: StaticString = "given"
    package static let sourceKey: StaticString = "source"

    /// The row's file, behind the name of its source: `tweets/train.csv`; nil where nobody noted
    /// it.
    package var file: String?
    /// An ISO 639 code; nil where nobody looked.
    package var language: String?
    /// Categories that the source says are 0 and the record 1, since another label implies them.
    package var givenZeros: [String] = []

    /// The name of the source, without the path of a file in it.
    package var source: String? { file?.split(separator: "/").first.map(String.init) }

    /// - Throws: `badData` for a line that is no JSON.
    package init?(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        guard let line = row.object(Self.sidecar) else { return nil }
        let given: [UInt8]?
        (file, language, given) = try parser.children(of: line) { fields in
            (
                fields[Self.sourceKey]?.string, fields[Self.languageKey]?.string,
                fields[Self.givenKey].map { Array($0.raw) }
            )
        }
        if let given { givenZeros = try parser.children(of: given) { $0.map(\.key) } }
    }
}
