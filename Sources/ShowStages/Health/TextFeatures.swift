internal import Pipeline
internal import Records
internal import StageKit

/// What of a row could give a label away beside what it means.
struct RowFeature: Portable, Hashable, Comparable {
    enum Kind: String, Portable, CaseIterable {
        /// A word in lower case, without punctuation at its ends.
        case word
        /// A token that stands for something: `[URL]`, `<name>`, `@user`, `#tag`, `{x}`, `ID_7`.
        case placeholder
        /// The length of the text in characters, in twentieths of the rows.
        case length
        /// Where a row comes from.
        case source
        /// The language that `ingest` found.
        case language
        /// Where in the dataset the row stands, in twentieths.
        case order

        /// Whether a row has exactly one value; of words and placeholders it has several.
        var isSingleValued: Bool { self != .word && self != .placeholder }
    }

    var kind: Kind
    var value: String

    static func < (one: RowFeature, other: RowFeature) -> Bool {
        one.kind == other.kind
            ? one.value.utf8.lexicographicallyPrecedes(other.value.utf8)
            : one.kind.rawValue < other.kind.rawValue
    }

    init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }

    func write(to bytes: inout PortableWriter) {
        kind.write(to: &bytes)
        value.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        kind = try Kind(from: &bytes)
        value = try String(from: &bytes)
    }
}

/// The tokens of a text, between white space.
struct TextTokens {
    /// In the order of the text.
    let all: [RowFeature]

    /// The longest token that is looked at, in bytes.
    private static let longest = 64

    init(_ text: String) {
        all = text.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.compactMap { piece in
            piece.count <= Self.longest ? Self.feature(piece) : nil
        }
    }

    /// Each once, in order.
    var distinct: [RowFeature] { Set(all).sorted() }

    private static func feature(_ piece: Substring.UTF8View) -> RowFeature? {
        let ends = Set(".,;:!?\"'`*~".utf8)
        let bare = trimmed(piece) { ends.contains($0) }
        guard let first = bare.first, let last = bare.last else { return nil }
        let text = String(decoding: bare, as: UTF8.self)
        let pairs: [(Character, Character)] = [
            ("[", "]"), ("<", ">"), ("{", "}"), ("%", "%"), ("_", "_"), ("(", ")"), ("$", "$"),
        ]
        let isEnclosed =
            bare.count > 2
            && pairs.contains { $0.0.asciiValue == first && $0.1.asciiValue == last }
        let isMarked = bare.count > 1 && (first == UInt8(ascii: "@") || first == UInt8(ascii: "#"))
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            return RowFeature(.placeholder, "http://")
        }
        if isEnclosed && first != UInt8(ascii: "(") || isMarked || isName(bare) {
            return RowFeature(.placeholder, text)
        }
        let word = trimmed(bare) { $0 < 0x80 && !isLetterOrDigit($0) }
        return word.isEmpty
            ? RowFeature(.word, text)
            : RowFeature(.word, String(decoding: word, as: UTF8.self).lowercased())
    }

    private static func trimmed(
        _ piece: Substring.UTF8View, _ isEnd: (UInt8) -> Bool
    ) -> Substring.UTF8View {
        let start = piece.drop(while: isEnd)
        guard let last = start.lastIndex(where: { !isEnd($0) }) else { return start }
        return start[...last]
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    /// `USER_NAME`, `ID_7`: capitals and digits with an underscore between.
    private static func isName(_ bytes: Substring.UTF8View) -> Bool {
        bytes.contains(UInt8(ascii: "_"))
            && bytes.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || $0 == UInt8(ascii: "_")
            }
    }
}

/// Where the bounds of lengths lie, and which words are common enough to be looked at.
struct FeatureFrame: Portable {
    static let bins = 20

    /// The lengths at which a bin ends, ascending, the last excluded.
    var lengths: [Int] = []
    var tokens: Set<RowFeature> = []
    var rows = 0

    init() {}

    /// Every feature of a row, each once, in order.
    func features(of row: Row, _ parser: inout JSONParser) throws(Fault) -> [RowFeature] {
        let record = row.record
        let length = record.text.unicodeScalars.count
        var found = Set(TextTokens(record.text).all.filter(tokens.contains))
        found.insert(RowFeature(.length, lengthName(length)))
        found.insert(RowFeature(.order, Self.orderName(row.index, of: rows)))
        let note = try IngestNote(row, &parser)
        if let language = note?.language { found.insert(RowFeature(.language, language)) }
        let provenance = record.provenance.source
        found.insert(
            RowFeature(
                .source, (provenance == .corpus ? note?.source : nil) ?? provenance.rawValue))
        return found.sorted()
    }

    private func lengthName(_ length: Int) -> String {
        let bin = partitionPoint(lengths.count) { lengths[$0] < length }
        let low = bin == 0 ? 0 : lengths[bin - 1] + 1
        return bin == lengths.count ? "\(low) or more" : "\(low) to \(lengths[bin])"
    }

    private static func orderName(_ index: Int, of rows: Int) -> String {
        let bin = index * bins / max(1, rows)
        let first = (bin * rows + bins - 1) / bins
        let last = ((bin + 1) * rows + bins - 1) / bins - 1
        return "rows \(first + 1) to \(last + 1)"
    }

    func write(to bytes: inout PortableWriter) {
        lengths.write(to: &bytes)
        tokens.write(to: &bytes)
        rows.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        lengths = try [Int](from: &bytes)
        tokens = try Set<RowFeature>(from: &bytes)
        rows = try Int(from: &bytes)
    }
}
