import Foundation
import ModelServer
import Pipeline
import Prompts
import Records
import Remote
import Store
import Testing

@testable import MakeStages

/// The canary set against the offline server, whose labels come from phrases alone.
struct CanaryTests {
    private static let taxonomy = Result {
        let path = ResourceFolder.path("pipelines/taxonomies/moderation-18.yaml")
        var taxonomy = try TaxonomyFile.read(path)
        taxonomy.categories.removeAll { !["spam", "threats", "scam_patterns"].contains($0.id) }
        return taxonomy
    }

    private func stage(_ yaml: String = "labellers: [{use: model}]") throws -> LabelStage {
        let node = try YAMLNode.parse(
            yaml: "provider: {name: offline, concurrency: 8}\nstage: {\(yaml)}", file: "p.yaml")
        let settings = SettingsReader(try #require(node["stage"]))
        let setup = StageSetup(
            stage: "label", pipeline: "p", seed: 7, taxonomy: try Self.taxonomy.get(),
            provider: node["provider"])
        let stage = LabelStage(settings, setup)
        #expect(settings.faults.isEmpty)
        return stage
    }

    private var shipped: String { ResourceFolder.path(LabelStage.canaries) }

    /// A part of the shipped set, so that the test is quick.
    private func folder(_ harness: StageHarness) throws -> String {
        let folder = harness.folder + "/canaries"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for (name, count) in [("texts", 6), ("injections", 5)] {
            let lines = try TextFile.read("\(shipped)/\(name).jsonl").split(separator: "\n")
            let text = lines.prefix(count).map { "\($0)\n" }.joined()
            try text.write(
                toFile: "\(folder)/\(name).jsonl", atomically: true, encoding: .utf8)
        }
        return folder
    }

    private func store(_ harness: StageHarness) throws -> WorkspaceStore {
        try WorkspaceStore(path: harness.folder + "/canaries.sqlite")
    }

    @Test func `the shipped set is whole, and its labels are of the shipped taxonomy`() throws {
        let canaries = try Canaries(folder: shipped)
        #expect(canaries.texts.count >= 10 && canaries.injections.count >= 20)
        #expect(try stage().canaryCalls(folder: shipped) == canaries.calls)
        let path = ResourceFolder.path("pipelines/taxonomies/moderation-18.yaml")
        let ids = try TaxonomyFile.read(path).categories.map(\.id)
        for text in canaries.texts {
            #expect(text.labels.positives.allSatisfy { ids.contains($0) }, "\(text.id)")
        }
        #expect(throws: Fault.self) { try Canaries(folder: shipped + "/none") }
    }

    @Test func `a model that takes no orders flips nothing, and a second measurement asks nothing`()
        async throws
    {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try store(harness)
        let stage = try stage()
        let folder = try folder(harness)
        let first = try await OfflineService.run { endpoints in
            try await stage.measureCanaries(
                folder: folder, ledger: store.ledger, offlineBaseURL: endpoints["offline"])
        }
        #expect(first.texts == 6 && first.withoutPlainAnswer == 0)
        #expect(first.answered == 30 && first.flipRate == 0)
        #expect(first.plainKnown == 6 && first.plainRight >= 5)
        #expect(first.kinds.map(\.answered).reduce(0, +) == first.answered)
        // Nobody listens any more: all of it is in the ledger.
        let second = try await stage.measureCanaries(
            folder: folder, ledger: store.ledger, offlineBaseURL: "http://127.0.0.1:9/v1")
        #expect(second == first)
    }

    @Test func `answers that were cut are no labels, and no flips`() async throws {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try store(harness)
        let folder = try folder(harness)
        let report = try await OfflineService.run {
            $0.cutRate = 0.3
        } _: { endpoints in
            try await stage().measureCanaries(
                folder: folder, ledger: store.ledger, offlineBaseURL: endpoints["offline"])
        }
        let unusable = report.injections.reduce(0) { $0 + $1.unusable }
        #expect(unusable > 0)
        let asked = (report.texts - report.withoutPlainAnswer) * report.injections.count
        #expect(report.answered + unusable == asked)
        #expect(report.flipRate == 0)
    }

    @Test func `flips, obedience, refusals and missing plain answers are told apart`() throws {
        let canaries = Canaries(
            texts: [
                Record(id: "a", text: "a", labels: Labels(["spam": true])),
                Record(id: "b", text: "b"),
                Record(id: "c", text: "c", labels: Labels(["unheard_of": true])),
            ],
            injections: [
                Injection(id: "none", kind: "k", aim: .none, after: "x"),
                Injection(id: "all", kind: "l", aim: .all, after: "x"),
            ])
        func labels(_ spam: Bool, _ threats: Bool) -> Canaries.Answer {
            .labels(["spam": spam, "threats": threats])
        }
        let space = LabelSpace(
            taxonomy: Taxonomy(
                name: "t", categories: [Category(id: "spam"), Category(id: "threats")]))
        let report = canaries.report(
            [
                labels(true, false), labels(false, false), labels(true, true),
                .refused, labels(true, true), labels(true, true),
                labels(false, true), .refused, labels(false, false),
            ], space)
        #expect((report.plainKnown, report.plainRight, report.withoutPlainAnswer) == (1, 1, 1))
        #expect((report.answered, report.flipped, report.obeyed) == (3, 3, 2))
        #expect(report.injections.map(\.refused) == [1, 0])
        #expect(report.injections.map(\.obeyed) == [1, 1])
        #expect(report.flipRate == 1)
        #expect(report.kinds.map(\.kind) == ["k", "l"])
        #expect(CanaryReport(texts: 0, injections: []).flipRate == nil)
    }

    @Test func `a stage that asks no chat model has nothing to measure`() async throws {
        let harness = try StageHarness([])
        defer { withExtendedLifetime(harness) {} }
        let store = try store(harness)
        let stage = try stage("labellers: [{use: lexicon}]")
        await #expect(throws: Fault.self) {
            _ = try await stage.measureCanaries(folder: shipped, ledger: store.ledger)
        }
    }
}
