public import Records

/// Phrases with weights that speak for one category.
///
/// File format: UTF-8, one `weight<TAB>phrase` a line, the weight above 0 and up to 1; blank lines
/// and lines that begin with `#` are passed over.
public struct Lexicon: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        /// The chance that a text with this phrase is of the category, 0 < weight ≤ 1.
        public var weight: Double
        /// As written; case, width and spacing do not matter.
        public var phrase: String

        public init(weight: Double, phrase: String) {
            self.weight = weight
            self.phrase = phrase
        }
    }

    public var category: String
    public var entries: [Entry]

    public init(category: String, entries: [Entry]) {
        self.category = category
        self.entries = entries
    }

    /// Longest line of a lexicon file.
    private static let maximumLineBytes = 4_096

    /// Reads a file.
    /// - Throws: `configuration` with the place of every wrong line; what ``ByteSource`` throws.
    public init(path: String, category: String) throws(Fault) {
        try self.init(
            reader: LineReader(path: path, maximumLineBytes: Self.maximumLineBytes),
            category: category)
    }

    private init(reader: consuming LineReader, category: String) throws(Fault) {
        self.init(category: category, entries: [])
        var block = LineBlock()
        var faults: [Fault] = []
        var seen: [[UInt8]: Int] = [:]
        let normaliser = TextNormaliser(.folded)
        while try reader.read(into: &block) {
            for line in block.lines {
                let place = Fault.Place.file(reader.path, line: line.number)
                do throws(Fault) {
                    guard let entry = try Self.entry(block, line, at: place) else { continue }
                    let key = normaliser.normalise(Array(entry.phrase.utf8))
                    if let first = seen[key] {
                        throw Fault(
                            .configuration, "the phrase is here twice", at: place,
                            why: "line \(first) holds it as well", hint: "remove one of the two")
                    }
                    seen[key] = line.number
                    entries.append(entry)
                } catch {
                    faults.append(error)
                }
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
    }

    private static func entry(
        _ block: LineBlock, _ line: LineBlock.Line, at place: Fault.Place
    ) throws(Fault) -> Entry? {
        if line.isTooLong {
            throw Fault(
                .configuration, "a phrase is longer than \(maximumLineBytes) bytes", at: place)
        }
        let bytes = block.bytes[line.range]
        let isBlank = bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        if isBlank || bytes.first == UInt8(ascii: "#") { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(.configuration, "the line is not UTF-8", at: place)
        }
        let sides = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else {
            throw Fault(
                .configuration, "the line has no tab", at: place,
                hint: "write weight, tab, phrase: 0.6<TAB>wire the money")
        }
        guard let weight = Double(sides[0]), weight > 0, weight <= 1 else {
            throw Fault(
                .configuration, "the weight is not a number above 0 and up to 1", at: place)
        }
        let phrase = String(sides[1])
        guard !TextNormaliser(.folded).normalise(phrase).isEmpty else {
            throw Fault(.configuration, "the phrase is empty", at: place)
        }
        return Entry(weight: weight, phrase: phrase)
    }
}
