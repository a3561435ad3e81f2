import FoundationEssentials
import Records
import Testing

@testable import Encoder

struct TokenizerDescriptionTests {
    /// A description of a small WordPiece tokenizer, some of whose parts are replaced.
    private func description(_ parts: [String: String] = [:]) -> String {
        var all = [
            "normalizer": "null", "pre_tokenizer": #"{"type":"WhitespaceSplit"}"#,
            "added_tokens": "[]", "post_processor": "null",
            "model": ###"{"type":"WordPiece","vocab":{"[UNK]":0,"a":1,"##b":2,"b":3}}"###,
        ]
        all.merge(parts) { $1 }
        let members = all.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return "{\(members.joined(separator: ","))}"
    }

    private func tokenizer(
        _ parts: [String: String] = [:], maximum: Int = 16
    ) throws(Fault) -> Tokenizer {
        try Tokenizer(
            json: Array(description(parts).utf8), path: "tokenizer.json", maximumTokens: maximum)
    }

    @Test func `a small description gives a tokenizer`() throws {
        let tokenizer = try self.tokenizer()
        #expect(tokenizer.identifiers(" ab b\nabc") == [1, 2, 3, 0])
        #expect(tokenizer.identifiers("") == [])
        #expect(tokenizer.specialTokenCount == 0 && tokenizer.identifierCount == 4)
    }

    private static let unsupported: [(part: String, value: String, field: String)] = [
        ("normalizer", #"{"type":"Nmt"}"#, "normalizer.type"),
        (
            "normalizer", #"{"type":"Replace","pattern":{"Regex":"a|b"},"content":""}"#,
            "normalizer.pattern.Regex"
        ),
        (
            "normalizer", #"{"type":"Sequence","normalizers":[{"type":"Odd"}]}"#,
            "normalizer.normalizers.type"
        ),
        (
            "normalizer", #"{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#,
            "normalizer.precompiled_charsmap"
        ),
        ("pre_tokenizer", #"{"type":"Split","pattern":{"Regex":"x"}}"#, "pre_tokenizer.type"),
        (
            "pre_tokenizer", #"{"type":"Punctuation","behavior":"Removed"}"#,
            "pre_tokenizer.behavior"
        ),
        (
            "pre_tokenizer", #"{"type":"Metaspace","prepend_scheme":"last"}"#,
            "pre_tokenizer.prepend_scheme"
        ),
        ("pre_tokenizer", #"{"type":"ByteLevel"}"#, "pre_tokenizer.type"),
        ("post_processor", #"{"type":"Other"}"#, "post_processor.type"),
        ("model", #"{"type":"WordLevel","vocab":{}}"#, "model.type"),
        ("model", #"{"type":"WordPiece","vocab":{"a":1}}"#, "model.unk_token"),
        ("model", #"{"type":"WordPiece","vocab":{"[UNK]":1,"a":1}}"#, "model.vocab"),
        ("model", #"{"type":"WordPiece","vocab":{"[UNK]":-1}}"#, "model.vocab"),
        ("model", #"{"type":"WordPiece","vocab":{"[UNK]":1e12}}"#, "model.vocab"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":["a b"]}"#, "model.merges"),
        ("model", #"{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}"#, "model.dropout"),
        (
            "model", #"{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"}"#,
            "model.end_of_word_suffix"
        ),
        ("model", #"{"type":"Unigram","vocab":[["a",0]],"unk_id":null}"#, "model.unk_id"),
        ("model", #"{"type":"Unigram","vocab":[["a",0]],"unk_id":1}"#, "model.unk_id"),
        ("model", #"{"type":"Unigram","vocab":[["a"]],"unk_id":0}"#, "model.vocab"),
        ("added_tokens", #"[{"id":5,"content":"a"}]"#, "added_tokens.id"),
        ("added_tokens", #"[{"id":5}]"#, "added_tokens.content"),
    ]

    @Test(arguments: unsupported)
    func `what is not supported is refused by the name of its field`(
        part: String, value: String, field: String
    ) throws {
        let fault = #expect(throws: Fault.self) { try self.tokenizer([part: value]) }
        #expect(fault?.kind == .configuration)
        #expect(fault?.what.contains("'\(field)'") == true, "\(fault?.what ?? "")")
    }

    @Test func `what is no tokenizer at all is refused`() throws {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        for text in ["", "{", "[]", "7", "{} {}", deep, "{\"model\":\(deep)}", "{\"a\":1}"] {
            #expect(throws: Fault.self, "\(text.prefix(8))") {
                try Tokenizer(json: Array(text.utf8), path: "tokenizer.json", maximumTokens: 9)
            }
        }
    }

    @Test func `normalizers that would blow a text up are refused`() throws {
        let doubling = #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#
        func steps(_ count: Int) -> [String: String] {
            let list = Array(repeating: doubling, count: count).joined(separator: ",")
            return ["normalizer": #"{"type":"Sequence","normalizers":[\#(list)]}"#]
        }
        #expect(throws: Never.self) { try tokenizer(steps(12)) }
        let fault = #expect(throws: Fault.self) { try tokenizer(steps(40)) }
        #expect(fault?.what.contains("'normalizer' making a text more than") == true)
        // What models have: NFKC, lower case and white space made one mark.
        let usual =
            #"{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Lowercase"},"#
            + #"{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"\u2581"}]}"#
        #expect(throws: Never.self) { try tokenizer(["normalizer": usual]) }
    }

    @Test func `a character map that points into the middle of a scalar changes nothing`() throws {
        // Key "A": the unit at the root leads to A's, whose leaf says where the text begins.
        func map(textAt start: UInt32) -> [UInt8] {
            var units = [UInt32](repeating: 0, count: 256)
            units[0] = 1 << 10
            // Place 1 ^ 65 holds the label and says that a leaf follows, at place 1 ^ 65 ^ 2.
            units[64] = 65 | 1 << 8 | 2 << 10
            units[66] = 1 << 31 | start
            let texts: [UInt8] = Array("é\u{0}".utf8)
            let all = [UInt32(units.count * 4)] + units
            return all.flatMap { unit in (0..<4).map { UInt8(unit >> (8 * $0) & 0xFF) } } + texts
        }
        for (start, expected) in [(0, "é"), (1, "A"), (3, ""), (4, "A")] as [(UInt32, String)] {
            let read = try #require(CharacterMap(map(textAt: start)))
            var output: [UInt8] = []
            Array("A".utf8).withUnsafeBufferPointer { read.append($0, to: &output) }
            #expect(String(validating: output, as: UTF8.self) == expected, "\(start)")
        }
    }

    @Test func `special tokens must leave room`() throws {
        let frame = #"{"type":"BertProcessing","cls":["a",1],"sep":["b",3]}"#
        #expect(throws: Fault.self) { try self.tokenizer(["post_processor": frame], maximum: 2) }
        let tokenizer = try self.tokenizer(["post_processor": frame], maximum: 3)
        #expect(tokenizer.identifiers("a b b") == [1, 1, 3])
        #expect(tokenizer.specialTokenCount == 2)
    }

    @Test func `a special token that there is not is refused`() throws {
        let frame = #"{"type":"BertProcessing","cls":["a",1],"sep":["b",4]}"#
        #expect(throws: Fault.self) { try self.tokenizer(["post_processor": frame]) }
    }

    @Test func `damaged descriptions never crash`() throws {
        for kind in ["xlm_roberta", "roberta", "wordpiece_general"] {
            let whole = try TokenizerGolden.bytes(kind)
            var draws = CounterRNG(seed: 5, purpose: "damaged-tokenizer")
            for _ in 0..<60 {
                var bytes = whole
                for _ in 0...draws.below(4) {
                    bytes[draws.below(min(bytes.count, 3000))] = UInt8(draws.below(256))
                }
                let tokenizer = try? Tokenizer(
                    json: bytes, path: "tokenizer.json", maximumTokens: 20)
                #expect(
                    (tokenizer?.identifiers("Straße e\u{301} \u{FB01} <mask>").count ?? 0) <= 20)
            }
        }
    }
}
