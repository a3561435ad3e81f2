import Records
import Testing

struct JSONDepthTests {
    @Test(arguments: [3, JSONReader.deepest])
    func `a document is read as deep as a caller says and refused beyond, whatever its end`(
        deepest: Int
    ) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            func nested(_ depth: Int, _ inside: String = "1", isTorn: Bool = false) -> [UInt8] {
                let end = isTorn ? "" : String(repeating: close, count: depth)
                return Array("\(String(repeating: open, count: depth))\(inside)\(end)".utf8)
            }
            _ = try JSONReader.read(nested(deepest), deepest: deepest)
            // Brackets in a string do not count.
            _ = try JSONReader.read(nested(deepest, "\"[[\\\"[{\""), deepest: deepest)
            for depth in [deepest + 1, 5_000, 1_000_000] {
                let refusal = #expect(throws: JSONReader.ParseError.self) {
                    try JSONReader.read(nested(depth, isTorn: depth > 5_000), deepest: deepest)
                }
                #expect(refusal?.what == "nested too deeply")
            }
        }
    }
}
