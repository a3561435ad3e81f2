import Foundation
import Pipeline
import Records
import Testing

@testable import Stages

/// Categories that the offline model does not know are found before a run.
struct OfflineCategoriesTests {
    private func plan(
        _ stages: String, categories: [String], provider: String = "offline"
    ) throws -> PipelinePlan {
        let list = categories.map { "{id: '\($0)', definition: A kind of text.}" }
        let yaml = """
            name: p
            provider: \(provider)
            taxonomy: {name: own, categories: [\(list.joined(separator: ", "))]}
            stages:
              - {use: given, path: /dev/null}
              - \(stages)
            """
        return try PipelinePlan.parse(
            yaml: yaml, path: "p.yaml", catalogue: Catalogue([Given.self] + Stages.catalogue.stages)
        )
    }

    private let generate = "{use: generate, kinds: [positives], per_category: 5}"
    private let label = "{use: label, labellers: [{use: model}]}"

    @Test func `generate for an unknown category is a fault that names it and what to do`() throws {
        let faults = Preflight.faults(
            try plan(generate, categories: ["spam", "threat", "weather"]))
        let fault = try #require(faults.first)
        #expect(fault.kind == .configuration && faults.count == 1)
        #expect(fault.what == "the offline model has no grammar for `threat`, `weather`")
        #expect(fault.hint?.contains("threats") == true)
        #expect(fault.hint?.contains("`provider`") == true)
        for known in [["spam", "threats"], ["hate", "self-harm", "Bullying"]] {
            #expect(Preflight.faults(try plan(generate, categories: known)).isEmpty)
        }
        let some = "{use: generate, kinds: [positives], targets: {spam: 3}}"
        #expect(Preflight.faults(try plan(some, categories: ["spam", "weather"])).isEmpty)
    }

    @Test func `label for an unknown category is a warning`() throws {
        let plan = try plan(label, categories: ["spam", "weather"])
        #expect(Preflight.faults(plan).isEmpty && Preflight.unready(plan).isEmpty)
        let warning = try #require(Preflight.warnings(plan).first)
        #expect(warning.what == "the offline model has no lexicon for `weather`")
        #expect(warning.place == .stage("label"))
        for known in [["spam", "threats"], ["Racist", "NoViolation", "sexual/minors"]] {
            #expect(Preflight.warnings(try self.plan(label, categories: known)).isEmpty)
        }
        let lexicon = "{use: label, labellers: [{use: lexicon}]}"
        #expect(Preflight.warnings(try self.plan(lexicon, categories: ["spam", "x"])).isEmpty)
    }

    @Test func `a real model is asked about anything`() throws {
        let real = "{name: mine, base_url: 'http://127.0.0.1:9/v1', model: m}"
        for stage in [generate, label] {
            let plan = try plan(stage, categories: ["weather"], provider: real)
            #expect(Preflight.faults(plan).isEmpty && Preflight.warnings(plan).isEmpty)
        }
    }
}
