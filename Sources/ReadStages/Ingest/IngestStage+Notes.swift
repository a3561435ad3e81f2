internal import Pipeline
internal import Records
internal import StageKit

/// What is said of a run of `ingest`, besides its counts of rows.
extension IngestStage {
    /// What a user must know of columns and quotes.
    func reportTables(
        _ ingested: Ingested, _ output: StageOutput
    ) {
        let tables = ingested.tables
        let unnamed = tables.unnamed
        if unnamed.files > 0 {
            let columns = unnamed.columns.prefix(8).map(String.init).joined(separator: ", ")
            output.note(
                "columns without a name were left out of "
                    + "\(NumberFormat.count(unnamed.files, "file")): "
                    + "in `\(unnamed.first)` \(columns)\(unnamed.columns.count > 8 ? ", …" : "")")
        }
        let swallowed = tables.swallowed
        if swallowed.lines > 0 {
            output.note(
                "\(NumberFormat.count(swallowed.lines, "line")) inside a quoted field look like "
                    + "rows of "
                    + "their own, first in the row at \(swallowed.first): a quote may be missing "
                    + "there; `quote: none` in the source reads quotes as text")
        }
        let quoted = tables.quotedFiles
        if quoted.count > 0 {
            output.note(
                "quotes round the fields of \(NumberFormat.count(quoted.count, "TSV file")) were "
                    + "taken "
                    + "off, first of `\(quoted.first)`: they are doubled inside or hold line ends; "
                    + "`quote: none` in the source reads quotes as text")
        }
        if tables.quotedRows > 0 {
            output.note(
                "\(NumberFormat.count(tables.quotedRows, "row")) of TSV with a field in quotes, "
                    + "which are "
                    + "text there: `quote: '\"'` in the source takes them off")
        }
        if let count = ingested.tally.refused["text_after_quote"] {
            output.note(
                "\(NumberFormat.count(count, "row")) with text behind a closing quote: inside "
                    + "quotes a "
                    + "quote is doubled, not escaped; `quote: none` in the source reads quotes as "
                    + "text")
        }
    }

    /// What a user must know of ids, files and sources.
    func reportSources(_ ingested: Ingested, _ output: StageOutput) {
        for (number, source) in sources.enumerated() {
            let rows = ingested.tally.keptRows[number, default: 0]
            let others = (fieldCheck.names(of: number)?.met ?? []).filter {
                ![source.fields.id, source.fields.text].contains($0)
            }
            guard rows > 0, ingested.tally.derivedIDs[number] == rows,
                let near = FieldRole.id.nearest(source.fields.id, isChosen: false, in: others)
            else { continue }
            output.note(
                "the ids of `\(source.name)` are derived from its texts: `id: \(near)` in the "
                    + "source keeps those of `\(near)`")
        }
        if let file = ingested.tally.repeating.first {
            let files = ingested.tally.repeating.count
            output.note(
                "\(NumberFormat.number(file.repeated)) of the "
                    + "\(NumberFormat.count(file.rows, "row")) of "
                    + "`\(file.label)`\(files > 1 ? ", and of \(files - 1) more files," : "") have "
                    + "ids that rows before them have, and were refused: where ids begin anew in "
                    + "each file, `id_scope: file` in the source keeps them apart")
        }
        // With a limit, nobody knows what the sources behind it hold.
        if ingested.isFull { return }
        let empty = sources.indices.filter { ingested.tally.sourceRows[$0, default: 0] == 0 }
        if empty.isEmpty { return }
        let names = empty.map { "`\(sources[$0].name)`" }.joined(separator: ", ")
        output.gate(
            "source_rows", passed: false,
            detail: "no row came from \(empty.count == 1 ? "the source" : "the sources") \(names): "
                + "the files are empty or have only a header")
    }

    /// Counts of what was done to texts.
    func report(_ tally: IngestLedger.Tally, _ output: StageOutput) {
        output.count("repaired_characters", Double(tally.replaced))
        if tally.replaced > 0 {
            output.note(
                "\(NumberFormat.count(tally.replaced, "character")) of "
                    + "\(NumberFormat.count(tally.repairedRows, "row")) were not UTF-8 and "
                    + "became U+FFFD: "
                    + "`encoding: windows-1252` in the source reads Windows-1252 and Latin-1, and "
                    + "`iconv -f ENCODING -t UTF-8 FILE > NEW-FILE` converts any")
        }
        output.count("dropped_controls", Double(tally.controls))
        if tally.controls > 0 {
            output.note(
                "\(NumberFormat.count(tally.controls, "control character")) (such as CR and NUL; "
                    + "not tab "
                    + "and line feed) were taken out of texts")
        }
        if tally.entities > 0 { output.count("html_entities", Double(tally.entities)) }
        for kind in TextRules.Mask.allCases {
            if let count = tally.masked[kind.rawValue] {
                output.count("masked.\(kind.rawValue)", Double(count))
            }
        }
        if tally.milliseconds > 0 {
            output.count("hours", Double(tally.milliseconds) / 3_600_000)
            for (category, milliseconds) in tally.categoryMilliseconds.sorted(by: {
                $0.key < $1.key
            }) {
                output.count("hours.\(category)", Double(milliseconds) / 3_600_000)
            }
        }
        if tally.rows == 0 { output.note("the sources hold no rows") }
    }

    /// Labels of the source that contradict each other by the taxonomy.
    private func reportOverruled(_ tally: IngestLedger.Tally, _ output: StageOutput) {
        if tally.overruledRows == 0 { return }
        output.count("overruled_rows", Double(tally.overruledRows))
        let ranked = tally.overruled.ranked
        let named = ranked.prefix(5).map { "`\($0.name)` \(NumberFormat.number($0.rows))" }
        let rest = ranked.count - named.count
        output.note(
            "\(NumberFormat.count(tally.overruledRows, "row")) with a category that the source "
                + "says is 0 "
                + "and that another label of the row implies "
                + "(\(named.joined(separator: ", "))\(rest > 0 ? ", and \(rest) more" : "")): the "
                + "record says 1, `ingest.jsonl` keeps the 0 under `given`, and `mislabels` lists "
                + "both labels first")
    }

    /// What a user must know of labels.
    func reportLabels(_ tally: IngestLedger.Tally, _ output: StageOutput) {
        reportUnlabelled(tally, output)
        if tally.missingLabels.rows > 0 {
            output.note(
                "\(NumberFormat.count(tally.missingLabels.rows, "row")) with a missing value as "
                    + "label, "
                    + "which counts as none: \(tally.missingLabels.words()); `na_values: []` in "
                    + "the source takes such values for categories")
        }
        reportOverruled(tally, output)
        if tally.unknownLabels.rows > 0 {
            output.note(
                "\(NumberFormat.count(tally.unknownLabels.rows, "row")) refused for a label that "
                    + "the "
                    + "taxonomy does not have: "
                    + tally.unknownLabels.words { label in
                        NearestName.of(label, in: setup.taxonomy?.categories.map(\.id) ?? [])
                            .map { "did you mean `\($0)`?" }
                    } + "; `map` in the source says which category a label means")
            gateUnknownLabels(tally, output)
        }
        if tally.unnamedLabels.rows > 0 {
            output.note(
                "\(NumberFormat.count(tally.unnamedLabels.rows, "row")) refused for a label that "
                    + "is a "
                    + "number or a truth value: \(tally.unnamedLabels.words()); "
                    + "\(Self.mapping(tally.unnamedLabels.labels)) in the source says which "
                    + "category each means")
        }
        let numbers = tally.positives.keys.sorted()
        if setup.taxonomy == nil, !numbers.isEmpty, sources.allSatisfy(\.map.isEmpty),
            numbers.allSatisfy({ Int($0) != nil })
        {
            output.note(
                "the labels are numbers, which name the categories as they are: "
                    + "\(Self.mapping(numbers)) in the source gives them names")
        }
    }

    /// So few rows with unknown labels are told and counted, whatever their share.
    private static let fewUnknownLabels = 20

    /// A taxonomy that lacks a class costs all its rows: more than slips of single rows do.
    private func gateUnknownLabels(_ tally: IngestLedger.Tally, _ output: StageOutput) {
        let unknown = tally.unknownLabels.rows
        let isTooMany = Double(unknown) > mostUnknownLabels * Double(tally.rows)
        guard unknown >= Self.fewUnknownLabels, isTooMany else { return }
        let percent = Int((mostUnknownLabels * 100).rounded())
        output.gate(
            "unknown_labels", passed: false,
            detail:
                "\(NumberFormat.number(unknown)) of \(NumberFormat.count(tally.rows, "row")) "
                + "have a label that "
                + "the taxonomy does not have: \(tally.unknownLabels.words()); more than the "
                + "\(percent) % of max_unknown_labels")
    }

    /// `` `map: {0: NAME, 1: NAME}` ``, of the first labels.
    private static func mapping(_ labels: [String]) -> String {
        let entries = labels.sorted().prefix(3).map { "\($0): NAME" }
        return "`map: {\(entries.joined(separator: ", "))\(labels.count > 3 ? ", …" : "")}`"
    }

    private func reportUnlabelled(_ tally: IngestLedger.Tally, _ output: StageOutput) {
        let all = tally.unlabelledRows.values.reduce(0, +)
        output.count("unlabelled_rows", Double(all))
        var (rows, unlabelled) = (0, 0)
        for (number, source) in sources.enumerated() {
            let kept = tally.keptRows[number, default: 0]
            let without = tally.unlabelledRows[number, default: 0]
            if kept > 0, without == kept, let names = fieldCheck.names(of: number),
                !names.met.isEmpty
            {
                output.note(Self.unlabelled(source, rows: kept, names))
            } else {
                rows += kept
                unlabelled += without
            }
        }
        if unlabelled > 0 {
            output.note(
                "\(NumberFormat.number(unlabelled)) of \(NumberFormat.count(rows, "row")) "
                    + "without any label"
            )
        }
    }

    /// Of a source none of whose rows has a label: which of its fields may be meant.
    private static func unlabelled(
        _ source: SourceSettings, rows: Int, _ names: FieldNames
    ) -> String {
        let own = [source.fields.label, source.fields.labels]
        let head = "no label in any of the \(NumberFormat.count(rows, "row")) of `\(source.name)`: "
        if let field = own.first(where: names.met.contains) {
            return head + "`\(field)` is empty in all of them"
        }
        let taken = [source.fields.text, source.fields.id]
        let others = names.met.filter { !taken.contains($0) }
        let near = FieldRole.label.nearest(own[0], isChosen: false, in: others)
        return head + (names.isTable ? "it has no column " : "its first row has no key ")
            + "`\(own[0])` or `\(own[1])`"
            + (near.map { "; `label: \($0)` in the source reads `\($0)`" } ?? "")
    }
}
