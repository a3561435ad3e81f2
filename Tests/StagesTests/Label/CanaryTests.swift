import ModelServer
import Pipeline
import Prompts
import Records
import Remote
import Store
import Testing

@testable import Stages

/// The canary set against the offline server, whose labels come from phrases alone.
struct CanaryTests {
    private func stage(_ yaml: String = "labellers: [{use: model}]") throws -> LabelStage {
        let path = ResourceFolder.path("pipelines/taxonomies/moderation-18.yaml")
        let node = try SettingNode.parse(
            yaml: "provider: {name: offline, concurrency: 8}\nstage: {\(yaml)}", file: "p.yaml")
        let settings = SettingsReader(try #require(node["stage"]))
        let setup = StageSetup(
            stage: "label", pipeline: "p", seed: 7, taxonomy: try TaxonomyFile.read(path),
            provider: node["provider"])
        let stage = LabelStage(settings, setup)
        #expect(settings.faults.isEmpty)
        return stage
    }

    private var folder: String { ResourceFolder.path(LabelStage.canaries) }

    @Test func `a model that takes no orders flips nothing, and a second measurement asks nothing`()
        async throws
    {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try WorkspaceStore(path: harness.folder + "/canaries.sqlite")
        let stage = try stage()
        let canaries = try Canaries(folder: folder)
        #expect(try stage.canaryCalls(folder: folder) == canaries.calls)
        let first = try await OfflineService.run { endpoints in
            try await stage.measureCanaries(
                folder: folder, ledger: store.ledger, offlineBaseURL: endpoints["offline"])
        }
        #expect(first.texts == canaries.texts.count && first.withoutPlainAnswer == 0)
        #expect(first.answered == canaries.texts.count * canaries.injections.count)
        #expect(first.flipRate == 0)
        #expect(first.plainKnown == canaries.texts.count)
        #expect(first.plainRight >= 4)
        #expect(first.kinds.map(\.answered).reduce(0, +) == first.answered)
        // Nobody listens any more: all of it is in the ledger.
        let second = try await stage.measureCanaries(
            folder: folder, ledger: store.ledger, offlineBaseURL: "http://127.0.0.1:9/v1")
        #expect(second == first)
    }

    @Test func `answers that were cut are no labels, and no flips`() async throws {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try WorkspaceStore(path: harness.folder + "/canaries.sqlite")
        let report = try await OfflineService.run {
            $0.cutRate = 0.3
        } _: { endpoints in
            try await stage().measureCanaries(
                folder: folder, ledger: store.ledger, offlineBaseURL: endpoints["offline"])
        }
        let unusable = report.injections.reduce(0) { $0 + $1.unusable }
        #expect(unusable > 0 && report.withoutPlainAnswer > 0)
        let asked = (report.texts - report.withoutPlainAnswer) * report.injections.count
        #expect(report.answered + unusable == asked)
        #expect(report.flipRate == 0)
    }

    @Test func `a stage that asks no chat model has nothing to measure`() async throws {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try WorkspaceStore(path: harness.folder + "/canaries.sqlite")
        let stage = try stage("labellers: [{use: lexicon}]")
        await #expect(throws: Fault.self) {
            _ = try await stage.measureCanaries(folder: folder, ledger: store.ledger)
        }
        #expect(throws: Fault.self) { try Canaries(folder: folder + "/none") }
    }
}
