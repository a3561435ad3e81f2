internal import Pipeline
internal import Records
internal import Text

/// What depends on the order of rows: identifiers, the limit, and counts.
struct IngestLedger {
    private var seen = IdentifierSet()
    private var repeats: [IdentifierSet.Key: Int] = [:]
    private var remaining: Int
    private let strictCodes: [String: String]
    private(set) var tally = Tally()

    struct Tally: Sendable {
        var rows = 0
        var bad = 0
        var replaced = 0
        /// Kept rows with replaced characters, wherever in the row.
        var repairedRows = 0
        var controls = 0
        var entities = 0
        var masked: [String: Int] = [:]
        /// Of rows with a length, in all and by category that is 1.
        var milliseconds = 0
        var categoryMilliseconds: [String: Int] = [:]
        /// Kept rows by category that is 1.
        var positives: [String: Int] = [:]
        /// Rows of each source, by its number, whatever became of them.
        var sourceRows: [Int: Int] = [:]
        /// Kept rows of each source, and those of them without an id of their own or any label.
        var keptRows: [Int: Int] = [:]
        var derivedIDs: [Int: Int] = [:]
        var unlabelledRows: [Int: Int] = [:]
        /// Rows by the label that stands for none.
        var missingLabels = LabelCounts()
        /// Rows by the label that is no category, and by the number or truth value that no `map`
        /// names.
        var unknownLabels = LabelCounts()
        var unnamedLabels = LabelCounts()
        /// Kept rows with a 0 of the source that another label of the row implies to be 1, in all
        /// and by category.
        var overruledRows = 0
        var overruled: [String: Int] = [:]
        var refused: [String: Int] = [:]
        /// Files most of whose rows have identifiers of rows before them.
        var repeating: [FileRows] = []
    }

    struct FileRows: Sendable {
        var label: String
        var rows = 0
        var repeated = 0
    }

    private var current: FileRows?
    /// What an unknown label may have meant, for as many as messages could show.
    private var nearest: [String: String?] = [:]

    /// - Parameter strictCodes: The refusals that end the run, with their meanings.
    init(limit: Int?, strictCodes: [String: String]) {
        remaining = limit ?? Int.max
        self.strictCodes = strictCodes
    }

    var isFull: Bool { remaining == 0 }

    /// Takes one row in its turn: gives it its identifier, or refuses it.
    ///
    /// - Throws: `badData` with the row's place for a bad row in a strict run.
    mutating func take(
        _ row: inout IngestedRow, _ file: SourceFile, _ rules: RowRules
    ) throws(Fault) {
        let source = rules.source
        remaining -= 1
        tally.rows += 1
        tally.sourceRows[file.source, default: 0] += 1
        if current?.label != file.label {
            finish()
            current = FileRows(label: file.label)
        }
        current?.rows += 1
        if source.identifierScope == .file, !row.record.id.isEmpty, row.derived == nil,
            !row.isRecord
        {
            row.record.id = "\(file.label)/\(row.record.id)"
        }
        if row.refusal == nil { identify(&row, source.name) }
        guard var refusal = row.refusal else {
            count(row, file)
            return
        }
        tally.refused[refusal.code, default: 0] += 1
        explainLabel(&refusal, row.unknownLabel, rules.labels)
        if refusal.code == "duplicate_id" { current?.repeated += 1 }
        if let meaning = strictCodes[refusal.code] {
            throw Fault(
                .badData, "a bad row (`\(refusal.code)`)", at: .file(file.path, line: row.line),
                why: meaning, hint: "without `strict` such rows are refused and counted")
        }
        let place = "\(file.label):\(row.line)"
        refusal.detail = refusal.detail.map { "\(place): \($0)" } ?? place
        if row.record.id.isEmpty { row.record.id = place }
        row.refusal = refusal
    }

    /// Names the label that a row was refused for, and what it may have meant.
    private mutating func explainLabel(
        _ refusal: inout Refusal, _ label: String?, _ rules: LabelRules
    ) {
        guard let label else { return }
        let shown = LabelCounts.shown(label)
        if refusal.code == "bad_label" {
            tally.unnamedLabels.add(label)
            refusal.detail = "\(shown), which `map` does not name"
            return
        }
        guard refusal.code == "unknown_label" else { return }
        tally.unknownLabels.add(label)
        let near: String?
        if let found = nearest[shown] {
            near = found
        } else if nearest.count < LabelCounts.most {
            near = NearestName.of(shown, in: rules.known)
            nearest[shown] = .some(near)
        } else {
            near = nil
        }
        refusal.detail = shown + (near.map { " (did you mean `\($0)`?)" } ?? "")
    }

    /// Judges the file whose rows were taken last.
    mutating func finish() {
        if let file = current, file.repeated > 0, file.repeated * 2 >= file.rows {
            tally.repeating.append(file)
        }
        current = nil
    }

    private mutating func identify(_ row: inout IngestedRow, _ source: String) {
        guard let derived = row.derived else {
            if !seen.insert(row.record.id) { row.refusal = Refusal("duplicate_id") }
            return
        }
        let first = IdentifierSet.Key(derived)
        var id = derived
        if !seen.insert(first) {
            var occurrence = repeats[first, default: 0]
            repeat {
                occurrence += 1
                id = RecordIdentifier.derived(
                    source: source, content: row.content, occurrence: occurrence)
            } while !seen.insert(id)
            repeats[first] = occurrence
        }
        row.record.id = id
    }

    private mutating func count(_ row: IngestedRow, _ file: SourceFile) {
        tally.keptRows[file.source, default: 0] += 1
        if row.derived != nil { tally.derivedIDs[file.source, default: 0] += 1 }
        if row.record.labels.isEmpty { tally.unlabelledRows[file.source, default: 0] += 1 }
        if let label = row.missingLabel { tally.missingLabels.add(label) }
        if !row.overruled.isEmpty {
            tally.overruledRows += 1
            for category in Set(row.overruled) { tally.overruled[category, default: 0] += 1 }
        }
        tally.replaced += row.changes.replaced
        if row.changes.replaced > 0 { tally.repairedRows += 1 }
        tally.controls += row.changes.controls
        tally.entities += row.entities
        if let masked = row.masked {
            for kind in TextRules.Mask.allCases where masked[kind.kind] > 0 {
                tally.masked[kind.rawValue, default: 0] += masked[kind.kind]
            }
        }
        let milliseconds = Int(((row.seconds ?? 0) * 1_000).rounded())
        tally.milliseconds += milliseconds
        for label in row.record.labels.known where label.value {
            tally.positives[label.category, default: 0] += 1
            if milliseconds > 0 {
                tally.categoryMilliseconds[label.category, default: 0] += milliseconds
            }
        }
    }
}
