import FoundationEssentials
import Records

@testable import Encoder

/// What `tokenizers` makes of hostile texts.
///
/// Made by Benchmarks/embedding/make_tokenizer_goldens.py.
struct TokenizerGolden {
    struct Line {
        var text: String
        var identifiers: [Int32]
    }

    /// Texts are cut at so many tokens.
    static let maximum = 48

    static let kinds = [
        "wordpiece_uncased", "wordpiece_cased", "mpnet", "wordpiece_general", "wordpiece_marked",
        "roberta", "byte_level_composed", "byte_level_merges_ignored", "pairs_with_fallback",
        "pairs_unknown", "unigram_composed", "xlm_roberta", "unigram_fallback",
    ]

    static let folder =
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/tokenizers"

    static func bytes(_ kind: String, in folder: String = folder) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(folder)/\(kind).json")))
    }

    static func tokenizer(
        _ kind: String, in folder: String = folder, maximum: Int = maximum, isFast: Bool = true
    ) throws -> Tokenizer {
        let path = "\(folder)/\(kind).json"
        let root = DescriptionField(
            name: "", value: try JSONValue(bytes(kind, in: folder), path: path), path: path)
        return try Tokenizer(
            TokenizerDescription(root), path: path, maximumTokens: maximum, files: [path],
            isFast: isFast)
    }

    /// The lines of a file; each has one list of identifiers, or one for each kind.
    static func lines(_ path: String, _ kind: String?) throws -> [Line] {
        let file = try Data(contentsOf: URL(filePath: path))
        return try file.split(separator: UInt8(ascii: "\n")).map { line in
            let root = DescriptionField(
                name: "", value: try JSONValue(Array(line), path: path), path: path)
            let ids = kind.map { root["ids"][$0] } ?? root["ids"]
            return Line(
                text: try root["text"].string(),
                identifiers: try ids.elements().map { try $0.identifier() })
        }
    }
}
