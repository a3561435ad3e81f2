import Records
import Testing

struct JSONFileTests {
    private func tree(_ text: String) throws -> JSONValue {
        try JSONValue(Array(text.utf8), path: "f.json")
    }

    @Test func `a document is read with its order, its names and its numbers`() throws {
        let text = #"{"b": [1, 2.5, -3e2, "é\n"], "a": {"c": null, "d": true}, "b": 7}"#
        let root = try tree(text)
        #expect(root.members?.map(\.key) == ["b", "a", "b"])
        let list = root.members?.first?.value.array
        #expect(list?.map(\.integer) == [1, nil, -300, nil])
        #expect(list?.last?.string == "é\n")
        #expect(root["b"]?.integer == 7)
        #expect(root["a"]?["c"]?.isNull == true && root["a"]?["e"] == nil)
        #expect(root["a"]?.array == nil && root["a"]?.string == nil)
        guard case .bool(true)? = root["a"]?["d"] else {
            Issue.record("not true")
            return
        }
    }

    @Test func `every way of nesting comes back as it was`() throws {
        for seed in 0..<200 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "trees")
            let text = Self.document(&draws, level: 0)
            #expect(Self.text(try tree(text)) == text)
        }
    }

    private static func document(_ draws: inout CounterRNG, level: Int) -> String {
        let isObject = draws.chance(0.5)
        let values = (0..<draws.below(5)).map { place -> String in
            let value =
                level < 6 && draws.chance(0.4)
                ? document(&draws, level: level + 1)
                : ["null", "true", "false", "12", #""text""#][draws.below(5)]
            return isObject ? #""k\#(place)":\#(value)"# : value
        }
        let all = values.joined(separator: ",")
        return isObject ? "{\(all)}" : "[\(all)]"
    }

    private static func text(_ tree: JSONValue) -> String {
        switch tree {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer, .number: "\(tree.integer ?? -1)"
        case .string(let text): "\"\(text)\""
        case .array(let values): "[\(values.map(text).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\"\($0.key)\":\(text($0.value))" }.joined(separator: ","))}"
        }
    }

    @Test func `what is not JSON or nests too deeply is refused with the file`() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        for text in ["", "{", "7", "{\"a\":}", "[1] 2", deep(33), deep(100_000)] {
            let fault = #expect(throws: Fault.self) { try tree(text) }
            #expect(fault?.kind == .configuration && fault?.place == .file("f.json"))
        }
        _ = try tree(deep(32))
    }
}
