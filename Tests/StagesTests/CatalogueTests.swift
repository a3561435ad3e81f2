import Pipeline
import Records
import Stages
import Testing

@Suite struct CatalogueTests {
    @Test func `a check finds a missing taxonomy, source and model in one go`() throws {
        let harness = try StageHarness()
        let file = try harness.write(
            """
            taxonomy: none.yaml
            sources: [{path: gone.jsonl, unlisted: zero}]
            stages:
              - ingest
              - {use: embed, model: nowhere}
            """, to: "gone.yaml")
        let fault = try #require(
            #expect(throws: Fault.self) {
                try PipelinePlan.check(file, catalogue: Stages.catalogue)
            })
        let said = fault.all.map {
            "\($0.place.map { "\($0)" } ?? "") \($0.what) \($0.why ?? "")"
        }
        for missing in ["none.yaml", "gone.jsonl", "nowhere"] {
            #expect(said.count { $0.contains(missing) } == 1, "\(missing): \(said)")
        }
        // What the run would say first is no less than that.
        #expect(throws: Fault.self) {
            try PipelinePlan.read(file, catalogue: Stages.catalogue)
        }
    }
}
