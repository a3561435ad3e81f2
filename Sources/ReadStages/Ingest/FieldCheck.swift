internal import Pipeline
internal import Records
internal import Synchronization

/// Whether the fields that the sources name exist in their files.
///
/// A field exists when one row of the source has it, or one file's header: a label may be rare. So
/// the files are read until every field was met, which is in the first rows as a rule, and to their
/// end only where one is missing. Looks once, however often it is asked.
final class FieldCheck: Sendable {
    /// What was met of each source, once the check is done.
    private let met = Mutex<[FieldNames]?>(nil)

    /// The fields that rows of a source have, of its first rows at least; none of plain text.
    func names(of source: Int) -> FieldNames? { met.withLock { $0?[source] } }

    /// - Throws: `configuration` at the setting of every field that no row has, with the fields
    ///   that there are; and what reading a file's start throws.
    func check(_ files: [SourceFile], _ sources: [SourceSettings]) throws(Fault) {
        if met.withLock({ $0 != nil }) { return }
        var faults: [Fault] = []
        var fields: [FieldNames] = []
        for (number, source) in sources.enumerated() {
            do throws(Fault) {
                let names = try Self.names(files.filter { $0.source == number }, source, sources)
                faults += names.faults
                fields.append(names)
            } catch {
                faults.append(error)
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        met.withLock { $0 = fields }
    }

    private static func names(
        _ files: [SourceFile], _ source: SourceSettings, _ sources: [SourceSettings]
    ) throws(Fault) -> FieldNames {
        var names = FieldNames(source)
        var parser = JSONParser()
        let reader = SourceReader(files, sources)
        // Every table has a header of its own, which reading its start looks at.
        while !names.isComplete || names.isTable, let piece = try reader.next() {
            switch piece.content {
            case .plain:
                if source.named.isEmpty { return FieldNames(source) }
                names.isPlain = true
                reader.skipFile()
            case .cells(let block):
                names.isTable = true
                for column in block.columns where !column.isEmpty { names.meet(column) }
                names.oneHot.look(block)
                // Every row of a file has the same columns.
                reader.skipFile()
            case .json(let block) where piece.columns != nil:
                names.isTable = true
                for column in piece.columns ?? [] { names.meet(column) }
                for line in block.lines where names.oneHot.wantsMore && !line.isTooLong {
                    try? block.withBytes(of: line) { bytes, readable throws(Fault) in
                        try parser.children(of: bytes, readable: readable) { fields in
                            names.hasRecords = names.hasRecords || JSONRowReader.isRecord(fields)
                            names.oneHot.look(fields)
                        }
                    }
                }
                reader.skipFile()
            case .json(let block):
                for line in block.lines
                where (!names.isComplete || names.oneHot.wantsMore) && !line.isTooLong {
                    // A line that is no object is refused later, with its place.
                    try? block.withBytes(of: line) { bytes, readable throws(Fault) in
                        if IngestStage.isBlank(block, line) { return }
                        try parser.children(of: bytes, readable: readable) { fields in
                            if JSONRowReader.isRecord(fields) { names.hasRecords = true }
                            for field in fields { names.meet(field.key) }
                            names.oneHot.look(fields)
                        }
                    }
                }
            }
        }
        return names
    }
}

/// The fields that a source names, and those that its rows have.
struct FieldNames: Sendable {
    private let source: SourceSettings
    /// The wanted ones that were not met yet.
    private var missing: [SourceSettings.NamedField]
    private(set) var met: [String] = []
    private var seen: Set<String> = []
    var isTable = false
    /// Whether a file is one of plain lines, which have no fields.
    var isPlain = false
    /// Records have fields of their own, whatever the source names.
    var hasRecords = false

    /// Which of the fields are 0 or 1 in all of the first rows.
    var oneHot = OneHotFields()

    /// So many are kept for a message.
    private static let most = 1_000
    private static let listed = 20

    init(_ source: SourceSettings) {
        self.source = source
        missing = source.named
        if !missing.contains(where: { $0.name == source.fields.text }) {
            missing.append(.init(setting: "text", name: source.fields.text, place: source.place))
        }
    }

    var isComplete: Bool { missing.isEmpty || hasRecords }

    mutating func meet(_ name: String) {
        missing.removeAll { $0.name == name }
        if seen.count < Self.most, seen.insert(name).inserted { met.append(name) }
    }

    /// One for each field that is missing; none where no row could be looked at.
    var faults: [Fault] {
        if isPlain, met.isEmpty { return source.named.map(Self.plainFault) }
        if met.isEmpty { return [] }
        if isComplete { return oneHotFault.map { [$0] } ?? [] }
        return missing.map { field in
            Fault(
                .configuration,
                isTable
                    ? "the source `\(source.name)` has no column `\(field.name)`"
                    : "no row of the source `\(source.name)` has the key `\(field.name)`",
                at: field.place,
                why: "\(isTable ? "the columns are" : "the keys are") \(Self.list(met))",
                hint: nearest(field).map { "did you mean `\($0)`?" })
        }
    }

    /// What keeps a source without labels from being read where some of its fields look like labels
    /// of 0 and 1: all of its rows would be unlabelled, without a word.
    private var oneHotFault: Fault? {
        let fields = source.fields
        let own = [fields.id, fields.text, fields.duration ?? "", fields.audio ?? ""]
        let names = oneHot.names.filter { !own.contains($0) }
        guard names.count > 1, !hasRecords, fields.columns == nil, source.fixed.isEmpty,
            !met.contains(fields.label), !met.contains(fields.labels)
        else { return nil }
        let list = names.map { name in
            let isPlain = name.allSatisfy { $0.isLetter || $0.isNumber || "_-".contains($0) }
            return isPlain ? name : "'\(name.replacing("'", with: "''"))'"
        }
        return Fault(
            .configuration,
            "the source `\(source.name)` has no field of labels, but "
                + (isTable ? "columns" : "keys") + " of 0 and 1",
            at: source.place,
            why: (isTable ? "such columns are " : "such keys are ") + Self.list(names),
            hint: "`labels: {columns: [\(list.joined(separator: ", "))]}` in the source reads them "
                + "as labels; `labels: {columns: []}` says that they are none")
    }

    private static func plainFault(_ field: SourceSettings.NamedField) -> Fault {
        Fault(
            .configuration, "`\(field.setting): \(field.name)` names a field of plain lines",
            at: field.place, why: "by its name the file has a text a line",
            hint: "`format: csv`, `tsv` or `jsonl` in the source reads fields")
    }

    private func nearest(_ field: SourceSettings.NamedField) -> String? {
        guard let role = FieldRole(setting: field.setting) else {
            return NearestName.of(field.name, in: met)
        }
        let isChosen = source.named.contains { $0.setting == field.setting }
        return role.nearest(field.name, isChosen: isChosen, in: met)
    }

    /// `a`, `b`, `c`, and how many more.
    static func list(_ names: [String]) -> String {
        if names.isEmpty { return "without names" }
        let rest = names.count - listed
        return names.prefix(listed).map { "`\(LabelCounts.shown($0))`" }.joined(separator: ", ")
            + (rest > 0 ? ", and \(rest) more" : "")
    }
}
