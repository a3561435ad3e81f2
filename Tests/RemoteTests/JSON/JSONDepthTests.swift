import Testing

@testable import Remote

struct JSONDepthTests {
    @Test func `a reply is read 128 deep and refused beyond, whatever its end`() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int, isTorn: Bool = false) -> [UInt8] {
                let end = isTorn ? "" : String(repeating: close, count: depth)
                return Array("\(String(repeating: open, count: depth))1\(end)".utf8)
            }
            _ = try JSONReader.read(nested(JSONReader.deepest))
            for depth in [JSONReader.deepest + 1, 5_000, 1_000_000] {
                let refusal = #expect(throws: JSONReader.Refusal.self) {
                    try JSONReader.read(nested(depth, isTorn: depth > 5_000))
                }
                #expect(refusal?.what == "nested too deeply")
            }
        }
    }
}
