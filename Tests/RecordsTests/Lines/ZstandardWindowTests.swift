import Foundation
import Testing

@testable import Records

struct ZstandardWindowTests {
    /// Two lines, packed by `zstd --long=31` from a pipe, so that the window is in the header.
    private static let packed = Data(
        base64Encoded: "KLUv/QSoHQEA2HsiaWQiOiIxIiwidGV4dCI6ImEifQoyYiJ9CgIAYAuZzSaLdrx8")

    @Test func `a window of 2 GiB is read, and a larger one is called that`() throws {
        let scratch = Scratch()
        var bytes = Array(try #require(Self.packed))
        #expect(bytes[5] == (31 - 10) << 3)
        #expect(try allLines(scratch.file("a.zst", bytes)).count == 2)
        bytes[5] = (32 - 10) << 3
        let fault = #expect(throws: Fault.self) { try allLines(scratch.file("b.zst", bytes)) }
        #expect(fault?.kind == .badData && fault?.what.contains("window") == true)
        #expect(fault?.what.contains("corrupt") == false)
    }
}
