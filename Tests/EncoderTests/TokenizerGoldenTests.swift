import FoundationEssentials
import Records
import Testing

@testable import Encoder

struct TokenizerGoldenTests {
    @Test(arguments: TokenizerGolden.kinds)
    func `gives the identifiers tokenizers gives for hostile texts`(kind: String) throws {
        let tokenizer = try TokenizerGolden.tokenizer(kind)
        try check(tokenizer, TokenizerGolden.folder + "/golden.jsonl", kind)
    }

    @Test(arguments: ["wordpiece_uncased", "wordpiece_cased", "mpnet"])
    func `the pipeline gives what the fast path gives`(kind: String) throws {
        let tokenizer = try TokenizerGolden.tokenizer(kind, isFast: false)
        try check(tokenizer, TokenizerGolden.folder + "/golden.jsonl", kind)
    }

    private static let fuzzFolder = ProcessInfo.processInfo.environment["CURATE_TOKENIZER_FUZZ"]

    /// Over a folder that `make_tokenizer_goldens.py fuzz` has written; skipped without one.
    @Test(.enabled(if: fuzzFolder != nil, "needs CURATE_TOKENIZER_FUZZ"))
    func `gives the identifiers tokenizers gives for random texts`() throws {
        let folder = try #require(Self.fuzzFolder)
        let kinds = TokenizerGolden.kinds + ["xlm_roberta_whole_map"]
        for kind in kinds where fileExists("\(folder)/\(kind).jsonl") {
            let tokenizer = try TokenizerGolden.tokenizer(kind, in: folder)
            try check(tokenizer, "\(folder)/\(kind).jsonl", nil)
            let slow = try TokenizerGolden.tokenizer(kind, in: folder, isFast: false)
            try check(slow, "\(folder)/\(kind).jsonl", nil)
        }
    }

    private func check(_ tokenizer: Tokenizer, _ path: String, _ kind: String?) throws {
        var wrong: [String] = []
        let lines = try TokenizerGolden.lines(path, kind)
        #expect(lines.count >= 250)
        for (number, line) in lines.enumerated() {
            let found = tokenizer.identifiers(line.text)
            if found == line.identifiers { continue }
            let scalars = line.text.unicodeScalars.map { String($0.value, radix: 16) }
            wrong.append(
                "line \(number + 1): \(scalars.joined(separator: " ")): \(found), should be "
                    + "\(line.identifiers)")
        }
        #expect(
            wrong.isEmpty,
            "\(path): \(wrong.count) of \(lines.count)\n\(wrong.prefix(4).joined(separator: "\n"))")
    }
}
