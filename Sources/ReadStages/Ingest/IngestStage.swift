public import Pipeline
public import Records
internal import StageKit

/// Makes records out of a user's files.
///
/// A worked example, also a test: the source
/// ```
/// {"id":7,"text":"mail me: ann@example.org","label":"spam","lang":"en"}
/// {"text":"see you at noon"}
/// ```
/// with `mask: [email]` becomes a record `7` with the text `mail me: [EMAIL]`, the label `spam` and
/// the metadata `{"lang":"en"}`, and a record without labels whose id is derived from its text.
public struct IngestStage: Stage {
    public static let description = StageDescription(
        name: "ingest", version: 4, role: .source,
        summary: "Reads texts and labels from JSONL, JSON, CSV, TSV, Parquet and text files.",
        method: """
            Reads the files of `sources` in their order, packed ones (gzip, Zstandard with a \
            window of up to 2 GiB) as well, and JSON arrays, also under a key of the one object. \
            Other packed or binary files, told by their first bytes, and UTF-16 without a byte \
            order mark end the run. Every row becomes a record or is refused with its place. The \
            row's own identifier is kept; a row without one gets the first 128 bits of SHA-256 \
            of the source's name and the text. Labels may be one string, a list, or an object of \
            0, 1 and null; their names are brought to NFC, without blanks at their ends and \
            control characters. Missing values in place of a label (`na_values`) are no label. A \
            category that a row does not name stays unknown, except in a single-label taxonomy \
            or with `unlisted: zero`. A label brings its parents; a 0 that the source gives to \
            one of them is kept beside the row (`given`) and counted. Texts are made well-formed \
            (Unicode 15, section 3.9); entities, personal data and language (CLD2) are looked at \
            when asked. Rare categories are merged when the taxonomy has rules for it, which \
            takes a first pass for counting. Lines that are records already keep their \
            provenance.
            """,
        cost: "One pass, or two where rare categories are merged; memory is 24 bytes a row for "
            + "identifiers and some blocks of rows.",
        writes: IngestNote.sidecar,
        refusals: badRows + [
            .init("empty_text", "The text is empty or white space."),
            .init("duplicate_id", "A row before it has the same identifier."),
            .init("too_short", "The text is shorter than `min_characters`.", isChosen: true),
            .init("too_long", "The text is longer than `max_characters`.", isChosen: true),
            .init("language", "The text is in a language that is not kept.", isChosen: true),
        ], usesTaxonomy: true)

    /// Refusals for rows that are not what a row should be.
    private static let badRows: [StageDescription.RefusalReason] = [
        .init(
            "malformed_json",
            "The line is not valid JSON, even after repair, or is nested more than 512 deep."),
        .init("not_an_object", "The line is JSON, but not an object."),
        .init("duplicate_key", "The object, or one inside it, has a key twice."),
        .init("bad_record", "The line has a record's keys, but is none."),
        .init("bad_id", "The identifier is neither a string nor a number."),
        .init("missing_text", "The row has no text."),
        .init("bad_text_type", "The text is not a string."),
        .init(
            "bad_label",
            "A label is not a string and not a value that `map` names, or its own value is not 0, "
                + "1 or null."),
        .init("unknown_label", "A label is not a category of the taxonomy."),
        .init("bad_duration", "The length is not a number of seconds."),
        .init("line_too_long", "The line is longer than 16 MiB."),
        .init("ragged_row", "The row has more or fewer fields than the header."),
        .init(
            "text_after_quote",
            "There is text between a closing quote and the next delimiter (RFC 4180 doubles a "
                + "quote inside quotes), so that nobody knows what the field is."),
        .init("repeated_header", "The row is the header once more, where files were put together."),
        .init(
            "unclosed_quote",
            "A quote does not close before the file ends or the field has 16 MiB, or only where "
                + "another field's quote opens; the lines after its own are read as rows."),
    ]

    let setup: StageSetup
    let sources: [SourceSettings]
    let rules: [RowRules]
    /// The largest share of rows that may have labels that are no category.
    let mostUnknownLabels: Double
    let fieldCheck = FieldCheck()

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.setup = setup
        let text = TextRules(settings)
        mostUnknownLabels = settings.number(
            "max_unknown_labels", 0.05, in: 0...1,
            help: "The largest share of rows with labels that the taxonomy does not have, from 20 "
                + "such rows on; more end the run with exit code 1.")
        var sources: [SourceSettings] = []
        var rules: [RowRules] = []
        var nodes = setup.sources
        if nodes.isEmpty {
            settings.fault(nil, "the pipeline has no `sources`", hint: "list at least one `path`")
            // For the documentation of what a source may say.
            nodes = [YAMLNode(.mapping([]), at: settings.place)]
        }
        for (number, node) in nodes.enumerated() {
            let reader = settings.reader(of: node, at: "sources.\(number)")
            let source = SourceSettings(reader, node)
            if sources.contains(where: { $0.name == source.name }) {
                reader.fault(
                    "name", "two sources are called `\(source.name)`",
                    hint: "give one of them another `name`")
            }
            let labels = LabelRules(source, setup.taxonomy, reader)
            sources.append(source)
            rules.append(RowRules(source, labels, text))
        }
        self.sources = sources
        self.rules = rules
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        let files = try findFiles().files
        var dependencies: [StageDependency] = []
        var names = SHA256()
        for file in files {
            names.update("\(file.source)\0\(file.label)\0\(file.format?.rawValue ?? "")\0")
            do {
                dependencies.append(try .file(file.path))
            } catch {
                var fault = error
                fault.why = "\(file.path): \(error.why ?? "")"
                fault.place = sources[file.source].place
                throw fault
            }
        }
        try fieldCheck.check(files, sources)
        return [StageDependency(name: "files", digest: names.finish().hex)] + dependencies
    }

    func findFiles() throws(Fault) -> (files: [SourceFile], leftOut: Int, twins: Int) {
        var files: [SourceFile] = []
        var (leftOut, twins) = (0, 0)
        var faults: [Fault] = []
        for (number, source) in sources.enumerated() {
            do throws(Fault) {
                let found = try SourceFiles(source, number: number)
                files += found.files
                leftOut += found.leftOut
                twins += found.twins
            } catch {
                faults.append(error)
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        return (files, leftOut, twins)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let ingested = graph.read("ingest") { _, sink throws(Fault) in
            try await ingest(into: sink)
        }
        graph.finish(ingested) { output, ingested in
            for note in ingested.notes { output.note(note) }
            report(ingested.tally, output)
            reportLabels(ingested.tally, output)
            reportTables(ingested, output)
            reportSources(ingested, output)
        }
    }

    /// What was read, and what is said of it.
    struct Ingested: Sendable {
        var tally: IngestLedger.Tally
        /// Whether the limit was reached, so that nobody knows what the sources behind it hold.
        var isFull: Bool
        /// What the readers of tables found.
        var tables: TableFindings
        var notes: [String]
    }

    /// Rows of a piece as a thread leaves them, and the file that they are from.
    private struct ReadPiece: Sendable {
        let file: SourceFile
        let rows: [IngestedRow]
    }

    private func ingest(into sink: RowSink) async throws(Fault) -> Ingested {
        let found = try findFiles()
        var notes = Self.leftOut(found.leftOut, twins: found.twins)
        let rules = try merged(found.files, &notes)
        let reader = SourceReader(found.files, sources)
        var ledger = makeLedger()
        try await sink.append { () throws(Fault) -> SourcePiece? in
            ledger.isFull ? nil : try reader.next()
        } work: { (piece: SourcePiece) throws(Fault) in
            ReadPiece(
                file: piece.file, rows: try Self.rows(of: piece, rules[piece.file.source]))
        } rows: { piece throws(Fault) in
            var items: [BlockResult.Item] = []
            items.reserveCapacity(piece.rows.count)
            let own = rules[piece.file.source]
            for var row in piece.rows {
                if ledger.isFull { break }
                try ledger.take(&row, piece.file, own)
                items.append(
                    row.refusal.map { .refused(id: row.record.id, $0) }
                        ?? .input(row.record, note: row.note))
            }
            return BlockResult(items: items)
        }
        ledger.finish()
        return Ingested(
            tally: ledger.tally, isFull: ledger.isFull, tables: TableFindings(reader),
            notes: notes)
    }

    private static func leftOut(_ leftOut: Int, twins: Int) -> [String] {
        var notes: [String] = []
        if twins > 0 {
            notes.append(
                "\(NumberFormat.number(twins)) Parquet files were left out: JSON lines of the "
                    + "same name "
                    + "lie beside them")
        }
        if leftOut > 0 {
            notes.append(
                "\(NumberFormat.number(leftOut)) files of folders were left out: "
                    + "their names tell no format")
        }
        return notes
    }

    private func makeLedger() -> IngestLedger {
        var codes: [String: String] = [:]
        if setup.isStrict {
            for refusal in Self.description.refusals
            where !["too_short", "too_long", "language"].contains(refusal.code) {
                codes[refusal.code] = refusal.meaning
            }
        }
        return IngestLedger(limit: setup.limit, strictCodes: codes)
    }

    /// The rules of each source, with rare categories merged.
    private func merged(
        _ files: [SourceFile], _ notes: inout [String]
    ) throws(Fault) -> [RowRules] {
        guard let taxonomy = setup.taxonomy, RareCategories.hasRules(taxonomy) else {
            return rules
        }
        let reader = SourceReader(files, sources)
        var ledger = makeLedger()
        while !ledger.isFull, let piece = try reader.next() {
            let rows = try Self.rows(of: piece, rules[piece.file.source])
            for var row in rows where !ledger.isFull {
                try ledger.take(&row, piece.file, self.rules[piece.file.source])
            }
        }
        let merges = RareCategories.merges(taxonomy, rows: ledger.tally.positives)
        for category in taxonomy.categories {
            guard let target = merges[category.id] else { continue }
            let count = ledger.tally.positives[category.id, default: 0]
            notes.append(
                "\(category.id) has \(NumberFormat.number(count)) rows, fewer than "
                    + "\(NumberFormat.number(category.mergeBelowRows)), and is "
                    + "merged into \(target)")
        }
        return rules.map { rules in
            var rules = rules
            rules.labels = rules.labels.merging(merges)
            return rules
        }
    }

    static func rows(
        of piece: SourcePiece, _ rules: RowRules
    ) throws(Fault) -> [IngestedRow] {
        var rows: [IngestedRow] = []
        switch piece.content {
        case .cells(let block): rows = rules.rows(block)
        case .plain(let block):
            for line in block.lines where !isBlank(block, line) {
                rows.append(
                    line.isTooLong
                        ? IngestedRow(line: line.number, refusal: Refusal("line_too_long"))
                        : rules.row(plain: block.bytes[line.range], line: line.number))
            }
        case .json(let block):
            var reader = JSONRowReader(rules)
            rows.reserveCapacity(block.lines.count)
            for line in block.lines where !isBlank(block, line) {
                if line.isTooLong {
                    rows.append(
                        IngestedRow(line: line.number, refusal: Refusal("line_too_long")))
                    continue
                }
                rows.append(
                    try block.withBytes(of: line) { bytes, readable throws(Fault) in
                        try reader.row(bytes, readable: readable, line: line.number)
                    })
            }
        }
        var head: [UInt8] = Array(#"{"source":"#.utf8)
        JSONText.append(piece.file.label, to: &head)
        head += #","line":"#.utf8
        for index in rows.indices where rows[index].refusal == nil { rows[index].writeNote(head) }
        return rows
    }

    static func isBlank(_ block: LineBlock, _ line: LineBlock.Line) -> Bool {
        if line.isTooLong { return false }
        for at in line.range where block.bytes[at] != 0x20 && block.bytes[at] != 0x09 {
            return false
        }
        return true
    }
}
