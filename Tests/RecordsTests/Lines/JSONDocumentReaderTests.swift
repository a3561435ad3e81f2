import Foundation
import Testing

@testable import Records

struct JSONDocumentReaderTests {
    private static let textKey = Array("text".utf8)

    private func rows(
        _ document: String, maximum: Int = 1 << 20, rows: Int = 3
    ) throws -> [String]? {
        let scratch = Scratch()
        var source = try ByteSource(path: scratch.file("a.json", document))
        guard
            let shape = JSONDocumentReader.shape(
                of: try source.peek(64 << 10), textKey: Self.textKey)
        else { return nil }
        var reader = try JSONDocumentReader(source: source, shape: shape, maximumBytes: maximum)
        var block = LineBlock()
        var result: [String] = []
        while try reader.read(into: &block, rows: rows, bytes: 50) {
            result += block.lines.map { line in
                "\(line.number):" + (line.isTooLong ? "<\(line.length)>" : block.text(line))
            }
        }
        return result
    }

    @Test(arguments: [
        ("[]", []),
        ("[{\"text\":\"a\"},{\"text\":\"b\"}]", ["1:{\"text\":\"a\"}", "1:{\"text\":\"b\"}"]),
        (
            "[\n  {\n    \"text\": \"a, ] [\"\n  },\n  {\"text\":\"\\\"}\"}\n]\n",
            ["2:{\n    \"text\": \"a, ] [\"\n  }", "5:{\"text\":\"\\\"}\"}"]
        ),
        ("[{}, 1,\"a\",null ,[2,3]]", ["1:{}", "1:1", "1:\"a\"", "1:null", "1:[2,3]"]),
        ("[{\"text\":1}]\n[{\"text\":2}]", ["1:{\"text\":1}", "2:{\"text\":2}"]),
        ("{\n\"text\":1}\n{\n\"text\":2\n}", ["1:{\n\"text\":1}", "3:{\n\"text\":2\n}"]),
        (
            "{\"v\":1,\"data\":[{\"text\":\"a\"},{\"text\":\"b\"}],\"n\":[{\"text\":\"c\"}]}\n",
            ["1:{\"text\":\"a\"}", "1:{\"text\":\"b\"}"]
        ),
        (
            "{\"columns\":[{\"name\":\"text\"}],\n\"rows\":[\n{\"id\":1,\"text\":\"a\"}\n]\n}",
            ["3:{\"id\":1,\"text\":\"a\"}"]
        ),
        ("\u{FEFF}[{\"text\":1}]", ["1:{\"text\":1}"]), ("[{\"text\":1},]", ["1:{\"text\":1}"]),
    ])
    func `arrays, rows under a key and values over several lines are read`(
        _ document: String, _ expected: [String]
    ) throws {
        #expect(try rows(document) == expected)
    }

    @Test(arguments: [
        "", "\n", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "{\"id\":1}\n{\"text\":\"b\"}",
        "{broken\n\n{",
        "{\"id\":\"b\",\"text\n{\"id\":1}", "{\"id\":1,\n{\"text\":\"a\"}",
        "{\"text\":[{\"text\":1}]}",
        "{\"messages\":[{\"role\":\"user\"}],\"id\":1}\n", "{\"a\":1}}\n", "{]\n", "7\n", "x",
        "[1]\n[2]", "[ERROR] disk", "[",
    ])
    func `JSON lines stay lines, torn ones too`(document: String) throws {
        #expect(try rows(document) == nil)
    }

    @Test(arguments: [
        ("[{\"text\":1}", 1), ("[{\"text\":\"a\n\n", 3), ("[{\"text\":1}\n{\"text\":2}]", 2),
        ("[{", 1),
        ("{\"data\":[{\"text\":1}]", 1), ("{\"data\":[{\"text\":1}]}\n{\"data\":[]}", 2),
        ("[{},\n[2,", 2),
    ])
    func `a document that is torn or followed by another is refused at its line`(
        _ document: String, _ line: Int
    ) throws {
        let fault = #expect(throws: Fault.self) { try rows(document) }
        #expect(fault?.kind == .badData)
        guard case .file(_, let place?, _)? = fault?.place else {
            Issue.record("no place")
            return
        }
        #expect(place == line)
    }

    @Test func `a value above the limit is a marker, and the next one is read`() throws {
        let long = String(repeating: "x", count: 700_000)
        let document = "[{\"text\":\"\(long)\"},{\"text\":1},\"\(long)\",2]"
        #expect(
            try rows(document, maximum: 12)
                == ["1:<700011>", "1:{\"text\":1}", "1:<700002>", "1:2"])
    }

    @Test func `values come back as they were written, for many seeds`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "document")
            let texts = ["a", "]", "}", "\\\"", "\\\\", ",", "[", "é", "{", ":", " "]
            var values: [String] = []
            for number in 0..<draws.below(30) {
                var text = ""
                for _ in 0..<draws.below(6) { text += draws.pick(texts) ?? "" }
                values.append(
                    draws.pick([
                        "{\"text\":\"\(text)\",\"n\":[\(number),{}]}", "\(number)", "\"\(text)\"",
                    ])
                        ?? "")
            }
            let blank = { (draws: inout CounterRNG) in draws.pick(["", " ", "\n", "\r\n\t"]) ?? "" }
            var document = "[" + blank(&draws)
            for (index, value) in values.enumerated() {
                document += (index > 0 ? "," : "") + blank(&draws) + value + blank(&draws)
            }
            document += "]"
            if draws.chance(0.5) {
                document = "{\"a\":{\"text\":1},\"data\":" + document + ",\"b\":[1]}"
            }
            guard let found = try rows(document, rows: 1 + draws.below(5)) else {
                // Nothing tells an array of other things from a list of rows.
                let isRow = values.first?.hasPrefix("{") == true
                #expect(document.hasPrefix("[") ? !isRow : !values.contains { $0.contains("text") })
                continue
            }
            if document.hasPrefix("{"), values.first?.hasPrefix("{") != true { continue }
            #expect(found.map { String($0.drop { $0 != ":" }.dropFirst()) } == values)
        }
    }
}
