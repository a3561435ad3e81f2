import Records
import Testing

struct YAMLNodeTests {
    @Test func `each value knows its kind, its text as written and its place`() throws {
        let yaml = "a: NO\nb: ['1.10', ~, \"\"]\nc:\n  d: null\n"
        let root = try YAMLNode.parse(yaml: yaml, file: "f.yaml")
        #expect(root.mapping?.map(\.key) == ["a", "b", "c"])
        #expect(root["a"]?.text == "NO" && root["a"]?.isQuoted == false)
        #expect(root["b"]?.list?.map(\.text) == ["1.10", nil, ""])
        #expect(root["b"]?.list?.map(\.isQuoted) == [true, false, true])
        #expect(root["b"]?.list?.first?.place == .file("f.yaml", line: 2, column: 5))
        #expect(root["c"]?.text == nil && root["c"]?.list == nil && root["c"]?["d"]?.text == nil)
        #expect(root["a"]?.mapping == nil && root["e"] == nil)
    }

    @Test(arguments: ["", "# nothing\n"])
    func `a text without a value is an empty mapping`(yaml: String) throws {
        #expect(try YAMLNode.parse(yaml: yaml, file: "f.yaml").mapping == [])
    }
}
