import Testing

@testable import ModelServer

struct JSONDepthTests {
    @Test func `a request nested too deeply is refused, and quotes hide no bracket`() {
        func nested(_ depth: Int, _ inside: String = "1") -> [UInt8] {
            let open = String(repeating: "[", count: depth)
            return Array("\(open)\(inside)\(String(repeating: "]", count: depth))".utf8)
        }
        #expect(JSONValue.parse(nested(JSONValue.deepest)) != nil)
        #expect(JSONValue.parse(nested(JSONValue.deepest, "\"[[\\\"[{\"")) != nil)
        for depth in [JSONValue.deepest + 1, 600, 100_000, 1_000_000] {
            #expect(JSONValue.parse(nested(depth)) == nil)
        }
        #expect(JSONValue.parse(Array(String(repeating: "{\"a\":", count: 100_000).utf8)) == nil)
        #expect(JSONValue.parse(Array("\"\\\\\"".utf8))?.string == "\\")
    }
}
