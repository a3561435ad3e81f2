internal import Records
internal import Text

/// Texts that must not be in the dataset, such as a benchmark's: found by shared runs of eight
/// words, of which at least four differ (runs of placeholders would match otherwise).
///
/// A text of fewer words matches only as a whole. Plain runs of eight words misfired on real tweets
/// where names stand as placeholders (`@user @user …`), hence the four.
struct Contamination: Sendable {
    private static let length = 8
    private static let leastDistinct = 4
    private let normaliser = TextNormaliser(.loose)
    /// Used for membership only; iteration order never reaches output.
    private var hashes: Set<UInt64> = []

    /// Reads a JSONL file of texts: strings, or objects with a string `text`.
    init(path: String) throws(Fault) {
        var reader = try LineReader(path: path)
        var parser = JSONParser()
        var block = LineBlock()
        while try reader.read(into: &block) {
            for line in block.lines where !line.isEmpty {
                let text = try? Self.text(Array(block.bytes[line.range]), &parser)
                guard let text else {
                    throw Fault(
                        .configuration, "a line to check against has no text",
                        at: .file(path, line: line.number),
                        hint: "write a JSON string a line, or an object with `text`")
                }
                hashes.formUnion(grams(text))
            }
        }
    }

    private static func text(
        _ raw: [UInt8], _ parser: inout JSONParser
    ) throws(Fault) -> String? {
        if raw.first == UInt8(ascii: "{") {
            return try parser.children(of: raw) { $0["text"]?.string }
        }
        return try parser.children(of: Array("[".utf8) + raw + Array("]".utf8)) { $0.first?.string }
    }

    func contains(_ text: String) -> Bool { grams(text).contains { hashes.contains($0) } }

    private func grams(_ text: String) -> [UInt64] {
        let words = normaliser.normalise(Array(text.utf8)).split(separator: 0x20)
            .map { StableHash.hash(Array($0)) }
        if words.isEmpty { return [] }
        if words.count < Self.length {
            return [words.reduce(1) { StableHash.mix($0, $1) }]
        }
        return (0...words.count - Self.length).compactMap { from in
            let run = words[from..<from + Self.length]
            guard Set(run).count >= Self.leastDistinct else { return nil }
            return run.reduce(2) { StableHash.mix($0, $1) }
        }
    }
}
