import Records
import Testing

struct HarnessTests {
    @Test func `records given to the harness come out as they were`() async throws {
        let records = [Record(id: "a", text: "x"), Record(id: "b", text: "\u{2028}")]
        let run = try await StageHarness(records).run("")
        #expect(try run.last.kept == records)
    }
}
