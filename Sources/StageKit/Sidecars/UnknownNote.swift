internal import Pipeline
package import Records
internal import Text

/// A line of the sidecar `unknown-words`: what of a text the model behind its vector does not know.
///
/// A vocabulary without a script turns every word of it into one and the same token, so that unlike
/// texts get like vectors.
package struct UnknownNote: Portable, Hashable {
    /// A hash of the unknown words, but for case, width and spaces.
    ///
    /// The vectors of two texts can be compared where both have the same unknown words, or none.
    package var words: UInt64
    /// The writing system of the unknown words.
    package var script: String
    /// Whether more than half of the text's tokens are unknown: its vector says nothing.
    package var isBlind: Bool

    package init(words: UInt64, script: String, isBlind: Bool) {
        self.words = words
        self.script = script
        self.isBlind = isBlind
    }

    /// - Parameters:
    ///   - words: The unknown ones, one or more, in the order of the text.
    ///   - unknownTokens: Of so many `tokens`.
    package init(_ words: [String], tokens: Int, unknownTokens: Int) {
        let key = TextNormaliser(.width).normalise(words.joined(separator: " "))
        self.init(
            words: StableHash.hash(key), script: Script.main(of: key.unicodeScalars),
            isBlind: unknownTokens * 2 > tokens)
    }

    /// Reads a line; nil for none.
    package init?(note: [UInt8]?) throws(Fault) {
        guard let note, note.first == UInt8(ascii: "{") else { return nil }
        var parser = JSONParser()
        let read = try parser.children(of: note) { fields -> UnknownNote? in
            guard let words = fields["words"]?.string.flatMap({ UInt64($0, radix: 16) }),
                let script = fields["script"]?.string, let blind = fields["blind"]
            else { return nil }
            var isBlind = false
            if case .boolean(true) = blind.kind { isBlind = true }
            return UnknownNote(words: words, script: script, isBlind: isBlind)
        }
        guard let read else { return nil }
        self = read
    }

    package func write(to bytes: inout PortableWriter) {
        words.write(to: &bytes)
        script.write(to: &bytes)
        isBlind.write(to: &bytes)
    }

    package init(from bytes: inout PortableReader) throws(Fault) {
        words = try UInt64(from: &bytes)
        script = try String(from: &bytes)
        isBlind = try Bool(from: &bytes)
    }

    /// The line.
    package var line: [UInt8] {
        var line = JSONObject()
        line["words"] = .string(String(words, radix: 16))
        line["script"] = .string(script)
        line["blind"] = .boolean(isBlind)
        return line.bytes
    }
}

/// How many rows are affected by unknown words, by writing system.
package struct UnknownTally: Mergeable, Equatable {
    /// Rows with an unknown word.
    package private(set) var rows = 0
    /// Rows that are mostly unknown, by writing system.
    package private(set) var blind: [String: Int] = [:]

    package mutating func add(_ note: UnknownNote?) {
        guard let note else { return }
        rows += 1
        if note.isBlind { blind[note.script, default: 0] += 1 }
    }

    package init() {}

    package mutating func merge(_ other: UnknownTally) {
        rows += other.rows
        blind.merge(other.blind)
    }

    package func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        blind.write(to: &bytes)
    }

    package init(from bytes: inout PortableReader) throws(Fault) {
        rows = try Int(from: &bytes)
        blind = try [String: Int](from: &bytes)
    }

    /// How many writing systems a note names.
    private static let namedScripts = 8

    package var blindRows: Int { blind.values.reduce(0, +) }

    /// `12 rows (Khmer 8, Ethiopic 4)`; nil for none.
    private var blindWords: String? {
        if blind.isEmpty { return nil }
        let scripts = blind.ranked
        var parts = scripts.prefix(Self.namedScripts).map {
            "\($0.name) \(NumberFormat.number($0.rows))"
        }
        let rest = scripts.dropFirst(Self.namedScripts).reduce(0) { $0 + $1.rows }
        if rest > 0 { parts.append("others \(NumberFormat.number(rest))") }
        return "\(NumberFormat.number(blindRows)) \(blindRows == 1 ? "row" : "rows") "
            + "(\(parts.joined(separator: ", ")))"
    }

    /// For the stage that makes the vectors.
    package var embedNote: String? {
        guard rows > 0 else { return nil }
        let some =
            "\(NumberFormat.number(rows)) \(rows == 1 ? "text has" : "texts have") words that "
            + "the model "
            + "does not know"
        guard let blindWords else { return some }
        return some
            + "; \(blindWords) consist mostly of them, so that their vectors say nothing: a model "
            + "for those languages would know them"
    }

    /// For a stage that compares vectors.
    package var passedOverNote: String? {
        blindWords.map {
            "\($0) of mostly unknown words take no part: their vectors say nothing about them"
        }
    }
}
