internal import Pipeline
internal import Records

/// One element of `sources`: where its rows lie and how they are read.
struct SourceSettings: Sendable {
    enum Format: String, CaseIterable, Sendable {
        case auto, jsonl, csv, tsv, text, parquet
    }

    enum Encoding: String, CaseIterable, Sendable {
        case auto
        case utf8 = "utf-8"
        case utf16 = "utf-16"
        case utf16LittleEndian = "utf-16le"
        case utf16BigEndian = "utf-16be"
        case windows1252 = "windows-1252"
        case codePage1252 = "cp1252"
        case latin1 = "latin-1"
        case iso8859 = "iso-8859-1"

        /// nil for UTF-8, and UTF-16 whose mark tells which.
        var text: TextEncoding? {
            switch self {
            case .auto, .utf8, .utf16: nil
            case .utf16LittleEndian: .utf16LittleEndian
            case .utf16BigEndian: .utf16BigEndian
            case .windows1252, .codePage1252, .latin1, .iso8859: .windows1252
            }
        }
    }

    /// Where an identifier of the user's names one row.
    enum IdentifierScope: String, CaseIterable, Sendable {
        /// In all sources.
        case all
        /// In its file, so that the file's name is put before it.
        case file
    }

    /// What an absent category of a labelled row means.
    enum Unlisted: String, CaseIterable, Sendable {
        case unknown, zero
    }

    var name: String
    /// Resolved; a file, a folder or a pattern.
    var path: String
    /// Where `path` stands in the user's settings.
    var place: Fault.Place
    var format: Format
    /// nil for UTF-8, and UTF-16 with a byte order mark.
    var encoding: TextEncoding?
    var fields: Fields
    /// The names of the columns of CSV and TSV files without a header; empty where the first row is
    /// one.
    var columns: [String]
    /// The fields that the user has named, each with the setting that names it: they have to exist.
    var named: [NamedField]
    var identifierScope: IdentifierScope
    /// The quote of a CSV or TSV file: a byte, or nil where quotes are text; without a setting it
    /// is `"` for CSV and nil for TSV.
    var quote: (csv: UInt8?, tsv: UInt8?)
    /// Between the labels in one cell of a CSV file.
    var separator: String
    /// The source's labels and the categories that each means; none where all are 0.
    var map: [(key: String, values: [String])]
    var other: String?
    /// Labels that stand for none.
    var missing: [String]
    var unlisted: Unlisted
    var fixed: [(key: String, value: String)]
    /// The further keys or columns that are kept; nil keeps all.
    var kept: Set<String>?
    var kind: Provenance.Source

    /// A field, and the setting that names it.
    struct NamedField: Sendable {
        var setting: String
        var name: String
        var place: Fault.Place
    }

    /// The names under which a source keeps what a record has.
    struct Fields: Sendable {
        var id: String
        var text: String
        var label: String
        var labels: String
        /// Columns that are each a label with 0 or 1, or hold the name of a label; nil where the
        /// user did not speak of them.
        var columns: [String]?
        var duration: String?
        var audio: String?
    }

    init(_ reader: SettingsReader, _ node: YAMLNode) {
        let given = node["path"]
        place = given?.place ?? node.place
        let help = "A file, a folder or a pattern with `*` and `**`, seen from the pipeline file."
        let path = reader.optionalPath("path", help: help)
        if path == nil { reader.fault("path", "a source has no `path`", hint: help) }
        if path == "-" {
            reader.fault(
                "path", "standard input cannot be a source of a pipeline",
                hint: "write it to a file first, or pipe it into `curate ingest`")
        }
        self.path = path ?? ""
        name = reader.string(
            "name", Self.stem(of: path ?? "source"),
            help: "Stands in places and derived ids; the file's name unless given.")
        format = reader.choice(
            "format", .auto, help: "How rows are written; `auto` goes by the name, then the start.")
        encoding = Self.encoding(reader)
        columns = Self.columns(reader)
        let id = reader.string("id", "id", help: "The field with the row's identifier.")
        let text = reader.string("text", "text", help: "The field with the text.")
        let label = reader.string("label", "label", help: "The field with one label.")
        let labels = Self.labels(reader, node)
        fields = Fields(
            id: id, text: text, label: label,
            labels: labels.field, columns: labels.columns,
            duration: reader.optionalString(
                "duration", help: "The field with a recording's length in seconds."),
            audio: reader.optionalString("audio", help: "The field with a recording's path."))
        // A column of labels may have the name under which one label is looked for.
        if labels.columns?.contains(fields.label) ?? false { fields.label = "" }
        if labels.columns?.contains(fields.labels) ?? false { fields.labels = "" }
        named = ["id", "text", "label", "labels", "duration", "audio"].compactMap { key in
            guard let node = node[key], case .scalar(let name?) = node.content else { return nil }
            return NamedField(setting: key, name: name, place: node.place)
        }
        named += Self.namedColumns(node)
        identifierScope = reader.choice(
            "id_scope", .all,
            help:
                "Where an identifier names one row: in `all` sources, or in its `file`, whose name "
                + "is then put before it.")
        quote = Self.quote(reader)
        separator = reader.string(
            "separator", "|", help: "Between the labels in one cell of a `labels` column.")
        if separator.isEmpty { reader.fault("separator", "`separator` is empty") }
        map = Self.map(reader, node)
        other = reader.optionalString("other", help: "The category of labels that are unknown.")
        missing = reader.strings(
            "na_values", Self.missing,
            help: "Labels that stand for no label, unless the taxonomy or `map` has them; pandas' "
                + "list and `-` unless given, `[]` for none.")
        unlisted = reader.choice(
            "unlisted", .unknown,
            help: "What a category means that a labelled row does not name.")
        fixed = reader.dictionary(
            "labels_fixed",
            help: "Categories with 0 or 1 for rows that do not say; `*` is every other category.")
        let names = reader.strings(
            "metadata", [], help: "The further fields that are kept; all unless given.")
        kept =
            reader.has("metadata")
            ? Set(names + [fields.duration, fields.audio].compactMap { $0 }) : nil
        kind = reader.choice("kind", .corpus, help: "How the texts came to be.")
        reader.finish()
    }

    /// Missing values of pandas 2 (`na_values` of `read_csv`), and the dash of handmade tables.
    ///
    /// An empty label is none anyway.
    static let missing = [
        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "-",
    ]

    /// The field with labels, or the columns that are labels: `labels: {columns: [a, b]}`.
    private static func labels(
        _ reader: SettingsReader, _ node: YAMLNode
    ) -> (field: String, columns: [String]?) {
        let help = "The field with a list or an object of labels, or a section with `columns`."
        var isSection = false
        if case .mapping? = node["labels"]?.content { isSection = true }
        let field = isSection ? "labels" : reader.string("labels", "labels", help: help)
        guard isSection || reader.isDocumenting else { return (field, nil) }
        let section = reader.section("labels", help: help)
        let columns = section.strings(
            "columns", [],
            help: "Columns, or keys, that are each a label with 0 or 1 (true, false), or hold the "
                + "name of a label; empty and null are unknown. `[]` says that columns of 0 and 1 "
                + "are no labels.")
        if isSection, !section.has("columns") {
            section.fault(nil, "`labels` has no `columns`", hint: "list the columns of labels")
        }
        for name in Set(columns).sorted() where columns.count(where: { $0 == name }) > 1 {
            section.fault("columns", "`columns` names `\(name)` twice")
        }
        section.finish()
        return (field, isSection ? columns : nil)
    }

    /// The columns of labels that the user has named, each with its place.
    private static func namedColumns(_ node: YAMLNode) -> [NamedField] {
        guard let columns = node["labels"]?["columns"] else { return [] }
        let nodes = if case .list(let nodes) = columns.content { nodes } else { [columns] }
        return nodes.compactMap { node in
            guard case .scalar(let name?) = node.content else { return nil }
            return NamedField(setting: "labels.columns", name: name, place: node.place)
        }
    }

    private static func map(
        _ reader: SettingsReader, _ node: YAMLNode
    ) -> [(key: String, values: [String])] {
        if case .mapping(let entries)? = node["map"]?.content {
            for entry in entries where entry.value.content == .scalar(nil) {
                reader.note(
                    Fault(
                        .configuration, "`map.\(entry.key)` names no category",
                        at: entry.value.place,
                        hint: "`[]` says that a row with this label has none of the categories"))
            }
        }
        return reader.lists(
            "map",
            help: "The source's labels and the categories they mean: one, a list of several, or "
                + "`[]` where all categories are 0 that `map` has for other labels (without any, "
                + "those of the taxonomy).")
    }

    private static func encoding(_ reader: SettingsReader) -> TextEncoding? {
        let choice = reader.choice(
            "encoding", Encoding.auto,
            help:
                "How text is encoded: `auto`, `utf-8` and `utf-16` are UTF-8, or UTF-16 with a "
                + "byte order mark; the last four are one, since Windows-1252 has all of Latin-1.")
        return choice.text
    }

    private static func columns(_ reader: SettingsReader) -> [String] {
        let columns = reader.strings(
            "columns", [],
            help: "The names of the columns of CSV and TSV files whose first row is no header.")
        for name in Set(columns).sorted()
        where !name.isEmpty && columns.count(where: { $0 == name }) > 1 {
            reader.fault("columns", "`columns` names `\(name)` twice")
        }
        return columns
    }

    private static func quote(_ reader: SettingsReader) -> (csv: UInt8?, tsv: UInt8?) {
        let text = reader.optionalString(
            "quote",
            help:
                "The quote round fields of CSV and TSV, one character, or `none` where quotes are "
                + "text; `\"` for CSV and `none` for TSV unless given.")
        guard let text else { return (UInt8(ascii: "\""), nil) }
        if text == "none" { return (nil, nil) }
        let bytes = Array(text.utf8)
        guard bytes.count == 1, (0x21...0x7E).contains(bytes[0]), !",;|".utf8.contains(bytes[0])
        else {
            reader.fault(
                "quote", "`quote` is neither `none` nor one character that may be a quote",
                hint: "it is `\"` or `'` as a rule")
            return (nil, nil)
        }
        return (bytes[0], bytes[0])
    }

    /// The last part of a path without what comes after its first dot.
    private static func stem(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        let plain = parts.last { !$0.contains("*") && !$0.contains("?") } ?? "source"
        let stem = plain.split(separator: ".").first.map(String.init) ?? plain
        return stem.isEmpty ? "source" : stem
    }
}

extension Set<String> {
    func contains(utf8 bytes: UnsafeRawBufferPointer) -> Bool {
        contains(String(decoding: bytes, as: UTF8.self))
    }
}
