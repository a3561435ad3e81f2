import Records
import Testing

@testable import Store

struct RunAndDecisionTests {
    @Test func `a run goes from running to its end once, and numbers are never used twice`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database, clock: WallClock { 5 })
        let first = try store.runs.begin(pipeline: "a.yaml")
        let second = try store.runs.begin(pipeline: "b.yaml")
        #expect(first < second)
        try store.runs.finish(first, state: .done, summary: #"{"kept":3}"#)
        #expect(throws: Fault.self) { try store.runs.finish(first, state: .failed) }
        let runs = try await store.runs.latest()
        #expect(runs.map(\.id) == [second, first])
        #expect(
            runs.last
                == RunRecord(
                    id: first, pipeline: "a.yaml", startedMilliseconds: 5,
                    finishedMilliseconds: 5, state: .done, summary: #"{"kept":3}"#))
        #expect(try await store.runs.latest(-1).isEmpty)
    }

    @Test func `the latest decision counts and the earlier ones stay on record`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        func decision(_ record: String, _ word: String) -> ReviewDecision {
            ReviewDecision(
                record: record, category: "spam", decision: word, who: "ann", madeMilliseconds: 1)
        }
        try await store.decisions.append([decision("b", "keep"), decision("a", "keep")])
        try await store.decisions.append([decision("b", "flip")])
        #expect(
            try await store.decisions.current() == [decision("a", "keep"), decision("b", "flip")])
        #expect(try await store.decisions.history(of: "b").map(\.decision) == ["keep", "flip"])
    }
}
