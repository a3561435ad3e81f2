import Records
import Store
import StoreProtocols
import Testing

@testable import Commands

@Suite struct RetryTests {
    /// A workspace whose ledger holds one reply in every state, after a run.
    private static func workspace() async throws -> (TestFolder, String) {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        for state in StoredReply.State.allCases {
            try await store.ledger.recordReply(
                StoredReply(state: state, httpStatus: 200, body: []),
                for: SHA256.hash(state.rawValue))
        }
        try store.close()
        return (folder, file)
    }

    private static func states(_ folder: TestFolder) async throws -> [StoredReply.State: Int] {
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        defer { try? store.close() }
        return try await store.ledger.countsByState()
    }

    @Test func `errors alone are forgotten, and the stages that ask run again`() async throws {
        let (folder, file) = try await Self.workspace()
        let said = await curate(
            "retry", file, "--errors-only", "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 0)
        #expect(said.out.hasPrefix("dead: 1 reply\ntruncated: 1 reply\ninvalid: 1 reply\n"))
        #expect(said.err.contains("double: reused"))
        #expect(!said.err.contains("consult: reused"))
        #expect(
            try await Self.states(folder)
                == [.answered: 1, .refused: 1, .truncated: 0, .invalid: 0, .dead: 0])
    }

    @Test func `without the flag refusals are asked again too`() async throws {
        let (folder, file) = try await Self.workspace()
        let said = await curate("retry", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.out.contains("refused: 1 reply\n"))
        #expect(try await Self.states(folder)[.refused] == 0)
        #expect(try await Self.states(folder)[.answered] == 1)
        let again = await curate("retry", file, "-o", "\(folder.path)/out", in: folder)
        #expect(again.out == "nothing to ask again\n")
        #expect(again.code == 0)
    }

    @Test func `a run that was stopped goes on, also where there is nothing to ask again`()
        async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let out = "\(folder.path)/out"
        let store = try WorkspaceStore(path: "\(out)/curate.sqlite")
        let number = try store.runs.begin(pipeline: "small")
        try store.runs.finish(number, state: .stopped)
        try store.close()
        let dry = await curate("retry", file, "--dry-run", "-o", out, in: folder)
        #expect(dry.out == "nothing to ask again\nrun 1 was stopped: it goes on\n")
        let said = await curate("retry", file, "-o", out, in: folder)
        #expect(said.code == 0)
        #expect(said.out.hasPrefix("nothing to ask again\nrun 1 was stopped: it goes on\n"))
        #expect(said.err.contains("consult: "))
        let again = await curate("retry", file, "-o", out, in: folder)
        #expect(again.out == "nothing to ask again\n")
    }

    @Test func `a dry run forgets nothing`() async throws {
        let (folder, file) = try await Self.workspace()
        let said = await curate(
            "retry", file, "--dry-run", "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 0)
        #expect(said.out.contains("dead: 1 reply"))
        #expect(try await Self.states(folder)[.dead] == 1)
    }

    @Test func `a deadline that has passed forgets nothing`() async throws {
        let (folder, file) = try await Self.workspace()
        let said = await curate(
            "retry", file, "-o", "\(folder.path)/out", "--deadline", "2026-01-14T05:30", in: folder)
        #expect(said.code == 64)
        #expect(try await Self.states(folder)[.dead] == 1)
    }

    @Test func `a pipeline that asks nobody has nothing to ask again`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate("retry", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 64)
        #expect(said.err.contains("no stage of the pipeline asks a model"))
    }

    @Test func `a run sets what it spent beside what was planned`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let said = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let lines = said.out.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(lines.contains(["consult", "12", "0", "0", "0", "120", "0.0012"]))
        #expect(lines.contains(["planned", "16", "160", "0.0016"]))
    }
}
