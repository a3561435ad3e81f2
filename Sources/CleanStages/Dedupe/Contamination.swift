internal import Pipeline
internal import Records
internal import Text

/// Texts that must not be in the dataset, such as a benchmark's: found by shared runs of words, of
/// which at least four differ (runs of placeholders would match otherwise).
///
/// A text of fewer words matches only as a whole. Plain runs of eight words misfired on real tweets
/// where names stand as placeholders (`@user @user …`), hence the four.
struct Contamination: Sendable {
    /// A file to check against.
    struct File: Sendable {
        let path: String
        /// Words in a run.
        let words: Int
        /// The rows that are checked, by their source; all where there is none.
        let sources: [Provenance.Source]

        /// - Parameter settings: An element of `against`.
        init?(_ settings: SettingsReader) {
            let path = settings.optionalPath(
                "path", help: "JSONL: a string a line, or objects with `text`.")
            words = settings.integer("words", 8, in: 2...100, help: "Words in a shared run.")
            sources = settings.choices(
                "sources", [], help: "Only rows of these sources are checked; all if none.")
            settings.finish()
            guard let path else { return nil }
            self.path = path
        }
    }

    private struct Grams: Sendable {
        let file: File
        /// The line of each run's first text; used for lookup only; iteration order never
        /// reaches output.
        var lines: [UInt64: Int] = [:]

        var name: Substring { file.path.split(separator: "/").last ?? "" }
    }

    private static let leastDistinct = 4
    private let normaliser = TextNormaliser(.loose)
    private var files: [Grams] = []

    /// Reads JSONL files of texts: strings, or objects with a string `text`.
    ///
    /// - Throws: `configuration` for a file that cannot be opened or a line without a text.
    init(_ files: [File]) throws(Fault) {
        for file in files {
            var grams = Grams(file: file)
            try read(into: &grams)
            self.files.append(grams)
        }
    }

    private func read(into grams: inout Grams) throws(Fault) {
        var reader = try LineReader(path: grams.file.path)
        var parser = JSONParser()
        var block = LineBlock()
        while try reader.read(into: &block) {
            for line in block.lines where !line.isEmpty {
                let text = try? Self.text(Array(block.bytes[line.range]), &parser)
                guard let text else {
                    throw Fault(
                        .configuration, "a line to check against has no text",
                        at: .file(grams.file.path, line: line.number),
                        hint: "write a JSON string a line, or an object with `text`")
                }
                for gram in runs(words(of: text), grams.file.words)
                where grams.lines[gram.hash] == nil {
                    grams.lines[gram.hash] = line.number
                }
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

    /// The file, line and words that a record shares, in words; nil when it shares none.
    func shared(with record: Record) -> String? {
        let words = words(of: record.text)
        for grams in files
        where grams.file.sources.isEmpty
            || grams.file.sources.contains(record.provenance.source)
        {
            for run in runs(words, grams.file.words) {
                guard let line = grams.lines[run.hash] else { continue }
                let shared = words[run.words].map { String(decoding: $0, as: UTF8.self) }
                return "line \(line) of \(grams.name): \(shared.joined(separator: " "))"
            }
        }
        return nil
    }

    private func words(of text: String) -> [ArraySlice<UInt8>] {
        normaliser.normalise(Array(text.utf8)).split(separator: 0x20)
    }

    private func runs(
        _ words: [ArraySlice<UInt8>], _ length: Int
    ) -> [(hash: UInt64, words: Range<Int>)] {
        let hashes = words.map { StableHash.hash(Array($0)) }
        if hashes.isEmpty { return [] }
        if hashes.count < length {
            return [(hashes.reduce(1) { StableHash.mix($0, $1) }, 0..<hashes.count)]
        }
        return (0...hashes.count - length).compactMap { from in
            let run = hashes[from..<from + length]
            guard Set(run).count >= min(Self.leastDistinct, length) else { return nil }
            return (run.reduce(2) { StableHash.mix($0, $1) }, from..<from + length)
        }
    }
}
