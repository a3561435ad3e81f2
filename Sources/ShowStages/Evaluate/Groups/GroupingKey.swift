internal import Pipeline
internal import Records
internal import StageKit

/// What rows are told apart by: where they come from, their language, or a key of their metadata.
enum GroupingKey: Sendable, Equatable {
    case source, language
    case metadata(String)

    private static let prefix = "metadata."

    static func read(_ settings: SettingsReader) -> [GroupingKey] {
        let names = settings.strings(
            "groups", [],
            help: "Groups of test rows to look at one by one: `source`, `language` (as ingest "
                + "noted them), `metadata.KEY`.")
        return names.compactMap { name in
            switch name {
            case "source": return .source
            case "language": return .language
            default: break
            }
            if name.hasPrefix(prefix), name.count > prefix.count {
                return .metadata(String(name.dropFirst(prefix.count)))
            }
            settings.fault(
                "groups", "`groups` names `\(name)`",
                hint: "it is `source`, `language` or `metadata.KEY`")
            return nil
        }
    }

    var name: String {
        switch self {
        case .source: "source"
        case .language: "language"
        case .metadata(let key): Self.prefix + key
        }
    }

    /// The group of a row; nil for a row that has none.
    ///
    /// - Throws: `badData` for a line or metadata that is no JSON.
    func group(of row: Row, _ parser: inout JSONParser) throws(Fault) -> String? {
        switch self {
        case .source:
            let source = row.record.provenance.source
            return source == .corpus
                ? try IngestNote(row, &parser)?.source ?? source.rawValue : source.rawValue
        case .language: return try IngestNote(row, &parser)?.language
        case .metadata(let key):
            let metadata = row.record.metadata
            if metadata.isEmpty { return nil }
            return try parser.children(of: metadata) { fields in
                guard let field = fields.first(where: { $0.key == key }), !field.isNull else {
                    return nil
                }
                return field.string ?? String(decoding: field.raw, as: UTF8.self)
            }
        }
    }
}
