internal import Pipeline
internal import Records
internal import StageKit
internal import Text

/// A hash of what a row is, or of what ties it to others.
///
/// 64 bits: of a hundred million keys two are equal by chance once in 3,700 times, and then two
/// families share a side.
struct SplitKey: Portable, Hashable, Comparable {
    let value: UInt64

    init(_ value: UInt64) { self.value = value }

    /// Roots, parents and clusters are all named by the id of a record, present or not.
    static func record(_ id: String) -> SplitKey { SplitKey(StableHash.hash(id, seed: 0)) }
    static func contrastSet(_ id: String) -> SplitKey { SplitKey(StableHash.hash(id, seed: 1)) }
    /// - Parameter text: Normalised, and not empty.
    static func text(_ text: [UInt8]) -> SplitKey { SplitKey(StableHash.hash(text, seed: 2)) }
    static func group(_ field: String, _ value: String) -> SplitKey {
        SplitKey(StableHash.hash("\(field)\0\(value)", seed: 3))
    }

    static func < (one: SplitKey, other: SplitKey) -> Bool { one.value < other.value }

    func write(to bytes: inout PortableWriter) { value.write(to: &bytes) }

    init(from bytes: inout PortableReader) throws(Fault) { value = try UInt64(from: &bytes) }
}

/// The keys of rows, one row after the other: about 21 bytes a row.
///
/// Those of a row are its id, its text unless that is blank, then what ties it to its family.
struct SplitKeys: RowPart {
    private(set) var rows = RowKeys()
    /// Whether a row's second key is that of its text.
    private(set) var hasText: [Bool] = []

    init() {}

    /// The number of rows.
    var count: Int { rows.count }

    mutating func append(_ keys: [SplitKey], hasText: Bool) {
        rows.append(keys.lazy.map(\.value))
        self.hasText.append(hasText)
    }

    func id(_ row: Int) -> SplitKey { SplitKey(rows[row][rows[row].startIndex]) }

    /// Nil for a row without one.
    func text(_ row: Int) -> SplitKey? {
        hasText[row] ? SplitKey(rows[row][rows[row].startIndex + 1]) : nil
    }

    /// What ties the row to others, without its own id and text.
    func ties(_ row: Int) -> [SplitKey] {
        rows[row].dropFirst(hasText[row] ? 2 : 1).map { SplitKey($0) }
    }

    mutating func append(contentsOf other: SplitKeys) {
        rows.append(contentsOf: other.rows)
        hasText += other.hasText
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        hasText.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try RowKeys(from: &bytes)
        hasText = try [Bool](from: &bytes)
        guard rows.count == hasText.count,
            hasText.indices.allSatisfy({ rows[$0].count >= (hasText[$0] ? 2 : 1) })
        else { throw PortableReader.damaged }
    }
}

/// The keys of a row, from what it is and what the settings say.
struct SplitKeyReader: ~Copyable {
    private static let normaliser = TextNormaliser(.width)
    private let groups: [MetadataField]
    private var parser = JSONParser()

    init(_ groups: [MetadataField]) { self.groups = groups }

    /// The row's keys, whether the second is of its text, and which group fields it has.
    ///
    /// - Throws: `badData` for a line of a sidecar or metadata that are no JSON.
    mutating func keys(
        of row: Row
    ) throws(Fault) -> (keys: [SplitKey], hasText: Bool, grouped: [Bool]) {
        let record = row.record
        let text = Self.normaliser.normalise(Array(record.text.utf8))
        var keys = [SplitKey.record(record.id)]
        if !text.isEmpty { keys.append(.text(text)) }
        let dedupe = try DedupeNote(row, &parser)
        let provenance = record.provenance
        for id in [provenance.rootID, provenance.parentID, dedupe?.cluster, dedupe?.group] {
            guard let id, id != record.id else { continue }
            let key = SplitKey.record(id)
            if !keys.contains(key) { keys.append(key) }
        }
        if let set = provenance.setID { keys.append(.contrastSet(set)) }
        var grouped: [Bool] = []
        for field in groups {
            let value = try field.value(of: record, &parser)
            if let value { keys.append(.group(field.name, value.text)) }
            grouped.append(value != nil)
        }
        return (keys, !text.isEmpty, grouped)
    }
}
