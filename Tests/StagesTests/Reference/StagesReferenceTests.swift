import Foundation
import Pipeline
import Stages
import Testing

struct StagesReferenceTests {
    /// docs/stages.md of this package.
    private var path: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/stages.md").path
    }

    @Test func `docs stages is what the stages say of themselves`() throws {
        let expected = try StagesReference.markdown(Stages.catalogue)
        let found = FileManager.default.contents(atPath: path)
            .map { String(decoding: $0, as: UTF8.self) }
        if ProcessInfo.processInfo.environment["CURATE_RECORD"] == "1", found != expected {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true)
            try Data(expected.utf8).write(to: URL(fileURLWithPath: path))
            Issue.record("docs/stages.md was written anew; run the tests again")
            return
        }
        #expect(
            found == expected,
            """
            docs/stages.md is out of date. Write it anew with \
            `CURATE_RECORD=1 swift test --filter StagesReferenceTests`, look at it, and commit it.
            """)
    }

    @Test func `every stage, setting and refusal is in the reference`() throws {
        let text = try StagesReference.markdown(Stages.catalogue)
        for stage in Stages.catalogue.stages {
            let description = stage.description
            #expect(text.contains("\n## \(description.name)\n"))
            for setting in Stages.catalogue.declarations(of: description.name) {
                #expect(text.contains("| `\(setting.path)` |"))
            }
            for refusal in description.refusals { #expect(text.contains("| `\(refusal.code)` |")) }
        }
    }
}
