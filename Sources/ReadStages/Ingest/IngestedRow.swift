internal import Pipeline
internal import Records
internal import StageKit
internal import Text

/// A row as a worker leaves it: all but what depends on the rows before it.
struct IngestedRow: Sendable {
    var line: Int
    /// Its id is empty when the row has none of its own.
    var record: Record
    /// What its id is derived from when it has none of its own: the id of the first such row.
    var derived: String?
    var content = ""
    var seconds: Double?
    /// Whether the row is a record of an earlier run, whose id others may name as their parent.
    var isRecord = false
    var refusal: Refusal?
    var changes = TextRules.Changes()
    var entities = 0
    var masked: PersonalData.Counts?
    /// The first of its labels that stands for none, and the first that is unknown.
    var missingLabel: String?
    var unknownLabel: String?
    /// Categories that the source says are 0 and the record 1, since another one implies them.
    var overruled: [String] = []
    var note: [UInt8] = []

    init(line: Int) {
        self.line = line
        record = Record(id: "", text: "")
    }

    init(line: Int, refusal: Refusal) {
        self.init(line: line)
        self.refusal = refusal
    }

    /// Takes in a text that the rules have prepared.
    mutating func take(_ prepared: TextRules.Prepared, from source: String) {
        record.text = prepared.text
        changes.replaced += prepared.changes.replaced
        changes.controls += prepared.changes.controls
        entities = prepared.entities
        masked = prepared.masked
        refusal = refusal ?? prepared.refusal
        if record.id.isEmpty {
            content = prepared.content
            let id = RecordIdentifier.derived(source: source, content: content)
            derived = id
        }
        language = prepared.language
    }

    private var language: Language?

    private static let languageHead = Array(",\"\(IngestNote.languageKey)\":".utf8)

    /// The labels of the source that the record does not have; nothing where there is none.
    private mutating func writeGiven() {
        if overruled.isEmpty { return }
        var given = JSONObject()
        for category in Set(overruled).sorted() { given[category] = .integer(0) }
        note += ",\"\(IngestNote.givenKey)\":".utf8
        note += given.bytes
    }

    /// The row's line in the sidecar, behind `{"source":…,"line":`.
    mutating func writeNote(_ head: [UInt8]) {
        note.reserveCapacity(head.count + 80)
        note += head
        JSONText.append(line, to: &note)
        note += Self.languageHead
        if let language {
            JSONText.append(language.code, to: &note)
            note += language.isReliable ? #","reliable":true"#.utf8 : #","reliable":false"#.utf8
        } else {
            note += #"null,"reliable":null"#.utf8
        }
        note += #","masked":{"#.utf8
        if let masked {
            var isFirst = true
            for kind in TextRules.Mask.allCases where masked[kind.kind] > 0 {
                if !isFirst { note.append(UInt8(ascii: ",")) }
                isFirst = false
                JSONText.append(kind.rawValue, to: &note)
                note.append(UInt8(ascii: ":"))
                JSONText.append(masked[kind.kind], to: &note)
            }
        }
        note += #"},"seconds":"#.utf8
        if let seconds {
            JSONText.append(seconds, to: &note)
        } else {
            note += "null".utf8
        }
        writeGiven()
        note.append(UInt8(ascii: "}"))
    }
}
