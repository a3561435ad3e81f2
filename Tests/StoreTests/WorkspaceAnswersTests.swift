import Foundation
import Records
import StoreProtocols
import Testing

@testable import Store

/// What a plan may see of a workspace.
@Suite struct WorkspaceAnswersTests {
    private func fill(_ store: WorkspaceStore) async throws {
        _ = try store.runs.begin(pipeline: "p")
        try await store.ledger.recordReply(
            StoredReply(state: .answered, httpStatus: 200, body: []), for: SHA256.hash("asked"),
            bill: Bill(
                endpoint: "a", spending: Spending(calls: 2, tokens: 30, microunits: 400)))
    }

    private func check(_ path: String) throws {
        let answers = try WorkspaceAnswers(path: path)
        #expect(try answers.holds(SHA256.hash("asked")))
        #expect(try !answers.holds(SHA256.hash("never asked")))
        let spent = Spending(calls: 2, tokens: 30, microunits: 400)
        #expect(try answers.spent(sinceMilliseconds: 0, endpoint: "a") == spent)
        #expect(try answers.spent(sinceRun: 1, endpoint: "b") == Spending())
        #expect(try answers.firstOfSeries(pipeline: "p") == 1)
        #expect(try answers.firstOfSeries(pipeline: "q") == .max)
        #expect(try answers.spent(sinceRun: .max, endpoint: nil) == Spending())
    }

    @Test func `sees what was committed, while a run holds the workspace and after it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        try await fill(store)
        try check(folder.database)
        try store.close()
        let url = URL(fileURLWithPath: folder.database)
        let before = try Data(contentsOf: url)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        try check(folder.database)
        #expect(try Data(contentsOf: url) == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names)
    }

    @Test func `what is no workspace is a fault, an empty one knows nothing`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Fault.self) { try WorkspaceAnswers(path: folder.path + "/none.sqlite") }
        let text = folder.path + "/text.sqlite"
        try Data("no database, but long enough to look at".utf8)
            .write(to: URL(fileURLWithPath: text))
        #expect(throws: Fault.self) { try WorkspaceAnswers(path: text).holds(SHA256.hash("a")) }
        let empty = folder.path + "/empty.sqlite"
        try Data().write(to: URL(fileURLWithPath: empty))
        #expect(try !WorkspaceAnswers(path: empty).holds(SHA256.hash("a")))
    }
}
