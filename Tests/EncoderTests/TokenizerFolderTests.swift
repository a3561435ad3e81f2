import FoundationEssentials
import Records
import Testing

@testable import Encoder

/// Model folders without tokenizer.json, made of what the golden tokenizers hold.
struct TokenizerFolderTests {
    fileprivate final class Folder {
        let path: String

        init() throws {
            path =
                FileManager.default.temporaryDirectory.path + "/tokenizer-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func file(_ name: String) -> String { "\(path)/\(name)" }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        }
    }

    private func root(_ kind: String) throws -> DescriptionField {
        let tree = try JSONValue(TokenizerGolden.bytes(kind), path: kind)
        return DescriptionField(name: "", value: tree, path: kind)
    }

    /// The tokens by identifier, added ones included.
    private func tokens(_ kind: String) throws -> [String] {
        let root = try root(kind)
        var tokens: [Int: String] = [:]
        for token in root["model"]["vocab"].value.members ?? [] {
            if let number = token.value.integer { tokens[number] = token.key }
        }
        for added in try root["added_tokens"].elements() {
            tokens[Int(try added["id"].identifier())] = try added["content"].string()
        }
        return try (0..<tokens.count).map { try #require(tokens[$0]) }
    }

    private func expectGolden(_ tokenizer: Tokenizer, _ kind: String) throws {
        let path = TokenizerGolden.folder + "/golden.jsonl"
        for (number, line) in try TokenizerGolden.lines(path, kind).enumerated() {
            #expect(tokenizer.identifiers(line.text) == line.identifiers, "line \(number + 1)")
        }
    }

    @Test(arguments: [
        ("wordpiece_uncased", "{}"), ("wordpiece_cased", #"{"do_lower_case": false}"#),
        ("mpnet", #"{"mask_token": {"content": "<mask>", "lstrip": true}}"#),
    ])
    func `vocab.txt gives what tokenizer.json gives`(kind: String, config: String) throws {
        let folder = try Folder()
        try folder.write("vocab.txt", try tokens(kind).joined(separator: "\n") + "\n")
        try folder.write("tokenizer_config.json", config)
        let tokenizer = try Tokenizer(folder: folder.path, maximumTokens: TokenizerGolden.maximum)
        try expectGolden(tokenizer, kind)
        #expect(tokenizer.files == ["vocab.txt", "tokenizer_config.json"].map(folder.file))
        #expect(tokenizer.specialTokenCount == 2)
        #expect(try tokenizer.identifierCount == tokens(kind).count)
    }

    @Test func `vocab.json and merges.txt give what tokenizer.json gives`() throws {
        let folder = try Folder()
        var vocabulary: [UInt8] = []
        for (number, token) in try tokens("roberta").enumerated() {
            vocabulary.append(UInt8(ascii: number == 0 ? "{" : ","))
            JSONText.append(token, to: &vocabulary)
            vocabulary += Array(":\(number)".utf8)
        }
        try folder.write("vocab.json", String(decoding: vocabulary, as: UTF8.self) + "}")
        var merges = "#version: 0.2\n"
        for merge in try root("roberta")["model"]["merges"].elements() {
            merges += try merge.elements().map { try $0.string() }.joined(separator: " ") + "\n"
        }
        try folder.write("merges.txt", merges)
        try folder.write(
            "tokenizer_config.json", #"{"mask_token": {"content": "<mask>", "lstrip": true}}"#)
        let tokenizer = try Tokenizer(folder: folder.path, maximumTokens: TokenizerGolden.maximum)
        try expectGolden(tokenizer, "roberta")
        #expect(tokenizer.files.count == 3)
    }

    @Test func `tokenizer.json comes first and must not contradict its neighbour`() throws {
        let folder = try Folder()
        let json = String(decoding: try TokenizerGolden.bytes("wordpiece_cased"), as: UTF8.self)
        try folder.write("tokenizer.json", json)
        try folder.write("vocab.txt", "not looked at")
        let tokenizer = try Tokenizer(folder: folder.path, maximumTokens: TokenizerGolden.maximum)
        try expectGolden(tokenizer, "wordpiece_cased")
        #expect(tokenizer.files == [folder.file("tokenizer.json")])
        try folder.write("tokenizer_config.json", #"{"do_lower_case": true}"#)
        #expect(throws: Fault.self) { try Tokenizer(folder: folder.path, maximumTokens: 48) }
    }

    @Test func `a folder without a tokenizer is refused, with what to do`() throws {
        let folder = try Folder()
        for model in [nil, "sentencepiece.bpe.model"] {
            if let model { try folder.write(model, "x") }
            let fault = #expect(throws: Fault.self) {
                try Tokenizer(folder: folder.path, maximumTokens: 48)
            }
            #expect(fault?.kind == .configuration)
            #expect(fault?.hint?.contains("tokenizer.json") == true)
            #expect(fault?.what.contains("sentencepiece") == (model != nil))
        }
    }

    private static let folders =
        ProcessInfo.processInfo.environment["CURATE_TOKENIZER_FOLDERS"] ?? ""

    /// Over folders with old files and what transformers makes of them, in `lines.jsonl`; skipped
    /// without CURATE_TOKENIZER_FOLDERS.
    @Test(.enabled(if: !folders.isEmpty, "needs CURATE_TOKENIZER_FOLDERS"))
    func `gives what transformers gives for folders without tokenizer.json`() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folders).sorted() {
            let folder = "\(Self.folders)/\(name)"
            let tokenizer = try Tokenizer(folder: folder, maximumTokens: 48)
            for line in try TokenizerGolden.lines(folder + "/lines.jsonl", nil) {
                #expect(tokenizer.identifiers(line.text) == line.identifiers, "\(name)")
            }
        }
    }
}
