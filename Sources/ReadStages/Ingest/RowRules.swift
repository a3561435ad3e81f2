internal import Glibc
internal import Pipeline
internal import Records

/// How rows of one source become records: what workers share.
struct RowRules: Sendable {
    let source: SourceSettings
    var labels: LabelRules
    let text: TextRules
    let id: [UInt8]
    let textKey: [UInt8]
    let label: [UInt8]
    let labelsKey: [UInt8]
    /// The columns that are labels, as keys and in their normal form.
    let columns: [(key: [UInt8], name: String)]
    let duration: [UInt8]?

    init(_ source: SourceSettings, _ labels: LabelRules, _ text: TextRules) {
        self.source = source
        self.labels = labels
        self.text = text
        id = Array(source.fields.id.utf8)
        textKey = Array(source.fields.text.utf8)
        label = Array(source.fields.label.utf8)
        labelsKey = Array(source.fields.labels.utf8)
        columns = (source.fields.columns ?? []).map { (Array($0.utf8), CategoryName.normal($0)) }
        duration = source.fields.duration.map { Array($0.utf8) }
    }

    /// A length in seconds; nil when the text is no number that a length can be.
    static func seconds(_ text: String) -> Double? {
        guard let number = Double(text), number.isFinite, number >= 0, number < 1e9 else {
            return nil
        }
        return number
    }

    /// Sets the labels and says who gave them.
    func finish(_ claims: LabelRules.Claims, _ row: inout IngestedRow) {
        row.missingLabel = claims.missing
        row.unknownLabel = claims.unknown
        guard let labels = labels.labels(claims) else {
            row.refusal = row.refusal ?? Refusal("bad_label", detail: "several categories")
            return
        }
        row.record.labels = labels
        row.overruled = self.labels.overruled(claims)
    }

    /// A row of plain text, one text a line.
    func row(plain bytes: ArraySlice<UInt8>, line: Int) -> IngestedRow {
        var row = IngestedRow(line: line)
        // Where files were put together, a byte order mark may begin any line.
        let text = Array(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes)
        row.take(self.text.prepare(text), from: source.name)
        finish(LabelRules.Claims(), &row)
        row.record.provenance.source = source.kind
        row.record.provenance.labelledBy = row.record.labels.isEmpty ? nil : "source"
        return row
    }
}

extension UnsafeRawBufferPointer {
    func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        guard let base = baseAddress, count > 0 else { return true }
        return memcmp(base, other, count) == 0
    }
}
