import Testing

@testable import Encoder

@Suite(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
struct SmokeTests {
    @Test func `runs`() throws {
        let encoder = try TestModel.encoder.get()
        let v = try encoder.encode(["Hello world", "[SEP] é"], threads: 2)
        print(encoder.kernelDescription, encoder.fingerprint, v.prefix(8), v[384..<390])
        print(encoder.tokenIdentifiers("Hello wörld, [SEP] 你好 Ⅷ"))
    }
}
