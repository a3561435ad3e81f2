import Foundation
import GRDB
import Pipeline
import Records
import Testing

/// Vectors of the workspace that are no longer what was stored.
struct EmbedDamageTests {
    @Test(.enabled(if: SharedData.hasModel))
    func `a stored vector of another length than 1, or of other columns, is computed anew`()
        async throws
    {
        let stage = "- {use: embed, model: '\(SharedData.model ?? "")'}"
        let harness = try StageHarness([Records.Record(id: "a", text: "hello there")])
        let fresh = try await harness.run(stage).last
        for blob in ["zeroblob(length(vector))", "substr(vector, 1, 8)", "zeroblob(0)"] {
            let database = try DatabaseQueue(path: "\(harness.folder)/out/curate.sqlite")
            // As if an earlier version had stored it, which kept no checksums.
            try await database.write { db in
                try db.execute(sql: "UPDATE vectors SET checksum = NULL, vector = \(blob)")
            }
            try database.close()
            try FileManager.default.removeItem(atPath: "\(harness.folder)/out/test")
            let again = try await harness.run(stage).last
            #expect(again.content == fresh.content)
            #expect(number("damaged", again) == 1)
            #expect(again.stage.notes.last == "1 stored vector damaged, computed anew")
            #expect(again.manifest == fresh.manifest, "the folder does not show it")
        }
    }
}
