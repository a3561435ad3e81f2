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

/// The keys of rows, one row after the other: about 22 bytes a row.
///
/// Those of a row are its id, its text unless that is blank, then what ties it to its family.
struct SplitKeys: RowPart {
    private var keys: [SplitKey] = []
    /// Where each row's keys end, in keys.
    private var ends: [Int32] = []
    /// Whether a row's second key is that of its text.
    private(set) var hasText: [Bool] = []

    init() {}

    /// The number of rows.
    var count: Int { ends.count }
    var keyCount: Int { keys.count }

    mutating func append(_ keys: [SplitKey], hasText: Bool) {
        self.keys += keys
        ends.append(Int32(self.keys.count))
        self.hasText.append(hasText)
    }

    private func range(_ row: Int) -> Range<Int> {
        (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
    }

    /// What the row is: its id and then, where it has one, its text.
    func own(_ row: Int) -> [SplitKey] {
        range(row).prefix(hasText[row] ? 2 : 1).map { keys[$0] }
    }

    /// What ties the row to others, without its own id and text.
    func ties(_ row: Int) -> [SplitKey] {
        range(row).dropFirst(hasText[row] ? 2 : 1).map { keys[$0] }
    }

    /// Gives all keys of the row with their places, the id first.
    func forEachKey(of row: Int, _ body: (Int, SplitKey) -> Void) {
        let range = range(row)
        for place in range { body(place - range.lowerBound, keys[place]) }
    }

    func id(_ row: Int) -> SplitKey { keys[range(row).lowerBound] }

    mutating func append(contentsOf other: SplitKeys) {
        let base = Int32(keys.count)
        keys += other.keys
        ends += other.ends.lazy.map { $0 + base }
        hasText += other.hasText
    }

    func write(to bytes: inout PortableWriter) {
        keys.write(to: &bytes)
        ends.write(to: &bytes)
        hasText.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        keys = try [SplitKey](from: &bytes)
        ends = try [Int32](from: &bytes)
        hasText = try [Bool](from: &bytes)
        guard ends.count == hasText.count, keys.count == Int(ends.last ?? 0),
            zip([0] + ends, zip(ends, hasText)).allSatisfy({ $1.0 - $0 >= ($1.1 ? 2 : 1) })
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
