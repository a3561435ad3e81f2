internal import Pipeline
internal import Records
internal import StageKit

/// Some texts of the rows, chosen by a hash of seed and id: the same whatever order rows come in.
struct TextSample: Mergeable {
    /// Texts at most.
    static let size = 500
    /// Longer texts, in UTF-8 bytes, are passed over: the sample has to stay small.
    private static let longest = 10_000

    /// By rising draw.
    private var entries: [DrawnText] = []

    init() {}

    /// The sample of some rows.
    ///
    /// - Parameter draw: A number of a row's id that nothing else decides.
    init(_ rows: [Row], draw: (String) -> UInt64) {
        entries = rows.compactMap { row in
            let record = row.record
            if record.text.utf8.count > Self.longest { return nil }
            return DrawnText(draw: draw(record.id), id: record.id, text: record.text)
        }
        entries.sort()
        entries.removeLast(max(0, entries.count - Self.size))
    }

    var texts: [String] { entries.map(\.text) }

    mutating func merge(_ other: TextSample) {
        if other.entries.isEmpty { return }
        if let last = entries.last, entries.count == Self.size, last < other.entries[0] { return }
        entries = (entries + other.entries).sorted()
        entries.removeLast(max(0, entries.count - Self.size))
    }

    func write(to bytes: inout PortableWriter) { entries.write(to: &bytes) }

    init(from bytes: inout PortableReader) throws(Fault) {
        entries = try [DrawnText](from: &bytes)
    }
}
