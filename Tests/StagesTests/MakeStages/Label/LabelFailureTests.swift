import Foundation
import Pipeline
import Records
import Store
import StoreProtocols
import Testing

/// What unusable answers, silence and small servers do to a run.
struct LabelFailureTests {
    private static let good = #"{"labels":{"spam":1,"threats":0},"confidence":0.9}"#
    private let taxonomy = """
        taxonomy:
          name: t
          categories: [{id: spam, definition: Ads.}, {id: threats, definition: Menaces.}]
        """

    private func head(_ baseURL: String, _ more: String = "") -> String {
        "provider: {base_url: '\(baseURL)', model: m\(more)}\n" + taxonomy
    }

    private func records(_ count: Int, bad: Int = 0) -> [Record] {
        (0..<count).map { number in
            Record(id: "r\(number)", text: "\(number < bad ? "BAD" : "fine") text \(number)")
        }
    }

    /// Answers texts that hold BAD with `content`, and all others well.
    private static func script(
        _ content: String
    ) -> @Sendable (ScriptedEndpoint.Call) -> ScriptedEndpoint.Answer? {
        { call in
            guard call.isChat else { return nil }
            return .init(
                body: ScriptedEndpoint.completion(call.body.contains("BAD") ? content : good))
        }
    }

    @Test(arguments: [
        (#"{"labels":{"spam":1}}"#, "category_missing"), ("I cannot do that.", "not_json"),
        (#"{"labels":{"spam":2,"threats":0}}"#, "label_value"), ("", "empty"),
        (#"Either {"labels":["spam"]} or {"labels":["threats"]}."#, "ambiguous"),
    ])
    func `rows without a usable answer have failed, with their reason, and can be asked again`(
        content: String, reason: String
    ) async throws {
        try await ScriptedEndpoint.run(Self.script(content)) { endpoint in
            let harness = try StageHarness(records(3, bad: 1))
            let run = try await harness.run(
                "- {use: label, labellers: [{use: model}]}", head: head(endpoint.baseURL))
            #expect(try run.last.kept.count { !$0.labels.isEmpty } == 2)
            #expect(try counter("failed", run) == 3 && counter("failed.\(reason)", run) == 1)
            #expect(run.report.exitCode == 1)
            let gate = try #require(run.report.failedGates.first).gate
            #expect(gate.name == "answers of model")
            #expect(gate.detail.contains("1 of 3 rows got no usable answer (\(reason) 1)"))
            #expect(endpoint.chats.count == 5)
            let workspace = Workspace(root: "\(harness.folder)/out", pipeline: "test")
            let store = try WorkspaceStore(path: workspace.storePath)
            defer { try? store.close() }
            #expect(try await store.ledger.countsByState()[.invalid] == 3)
        }
    }

    @Test func `a few failed rows are allowed and told, by a setting`() async throws {
        try await ScriptedEndpoint.run(Self.script("no")) { endpoint in
            let settings: [(stage: String, pipeline: String, code: Int32)] = [
                ("max_failed: 0.2, ", "", 0), ("", "", 1), ("", "allow: {failed: 0.2}\n", 0),
            ]
            for (stage, pipeline, code) in settings {
                let run = try await StageHarness(records(5, bad: 1)).run(
                    "- {use: label, \(stage)labellers: [{use: model}]}",
                    head: pipeline + head(endpoint.baseURL))
                #expect(run.report.exitCode == code)
                let isTold = try run.last.manifest.notes.contains { $0.contains("not_json 1") }
                #expect(isTold == (code == 0))
            }
        }
    }

    @Test(arguments: [
        #"Sure! Here you are: {"labels":{"spam":true,"threats":false}} Hope it helps."#,
        "<think>{\"labels\":[\"threats\"]}</think>```json\n"
            + "{\"labels\":{\"SPAM\":1,\"threats\":\"0\"},}\n```",
        #"{"result":{"labels":{"spam":1,"threats":0},"confidence":"90%"}}"#, #"["spam"]"#,
    ])
    func `an answer that can only mean one thing costs one call`(content: String) async throws {
        try await ScriptedEndpoint.run(Self.script(content)) { endpoint in
            let run = try await StageHarness(records(1, bad: 1)).run(
                "- {use: label, labellers: [{use: model}]}", head: head(endpoint.baseURL))
            #expect(try run.last.kept[0].labels == Labels(["spam": true, "threats": false]))
            #expect(endpoint.chats.count == 1 && run.report.exitCode == 0)
        }
    }

    @Test func `a labeller that passes too many rows fails the run, an early one of a chain may`()
        async throws
    {
        let unsure = #"{"labels":{"spam":1,"threats":0},"confidence":0.1}"#
        try await ScriptedEndpoint.run(Self.script(unsure)) { endpoint in
            for (chain, code) in [
                ("[{use: model, min_confidence: 0.5}]", 1),
                ("[{use: model, min_confidence: 0.5, max_passed: 0.8}]", 0),
                ("[{use: model, min_confidence: 0.5}, {use: lexicon}]", 0),
                ("[{use: model, min_confidence: 0.5, max_passed: 0.1}, {use: lexicon}]", 1),
            ] as [(String, Int32)] {
                let head = head(endpoint.baseURL).replacingOccurrences(
                    of: "name: t", with: "name: moderation-18")
                let run = try await StageHarness(records(4, bad: 3)).run(
                    "- {use: label, labellers: \(chain)}", head: head)
                #expect(run.report.exitCode == code, "\(chain)")
                if code == 1 {
                    let gate = try #require(run.report.failedGates.first).gate
                    #expect(gate.name == "rows passed by model")
                    #expect(gate.detail.hasPrefix("3 of 4 rows"))
                }
            }
        }
    }

    @Test func `confidences that nobody can read are counted, and unknown in the sidecar`()
        async throws
    {
        let content = #"{"labels":{"spam":1,"threats":0},"confidence":"high"}"#
        try await ScriptedEndpoint.run(Self.script(content)) { endpoint in
            let run = try await StageHarness(records(2, bad: 2)).run(
                "- {use: label, labellers: [{use: model}]}", head: head(endpoint.baseURL))
            #expect(try counter("confidence_unread.model", run) == 2)
            for note in try #require(try run.last.notes["label"]) {
                #expect((note as? [String: Any])?["confidence"] is NSNull)
            }
            #expect(try run.last.manifest.notes.contains { $0.contains("2 answers have") })
        }
    }

    @Test
    func `a dead endpoint ends the run before its first stage, unless others can do the context`()
        async throws
    {
        let dead = head("http://127.0.0.1:9/v1")
        let harness = try StageHarness(records(2))
        await #expect {
            _ = try await harness.run("- {use: label, labellers: [{use: model}]}", head: dead)
        } throws: { error in
            let fault = error as? Fault
            return fault?.kind == .unavailable && fault?.why?.contains("127.0.0.1:9") == true
        }
        #expect(!Paths.exists("\(harness.folder)/out/test/01-given/manifest.json"))
        let chain = dead.replacingOccurrences(of: "name: t", with: "name: moderation-18")
            .replacingOccurrences(of: "model: m", with: "model: m, give_up_seconds: 1")
        let run = try await harness.run(
            "- {use: label, labellers: [{use: model}, {use: lexicon}]}", head: chain)
        #expect(try run.last.kept.allSatisfy { $0.provenance.labelledBy == "lexicon" })
        #expect(try counter("failed.unavailable", run) == 2)
        #expect(run.report.exitCode == 1)
    }

    @Test func `stored answers need no endpoint`() async throws {
        let harness = try StageHarness(records(3))
        let stage = "- {use: label, labellers: [{use: model}]}"
        let first = try await ScriptedEndpoint.run(Self.script("")) { endpoint in
            try await harness.run(stage, head: head(endpoint.baseURL))
        }
        try FileManager.default.removeItem(atPath: first.last.stage.folder + "/manifest.json")
        let second = try await harness.run(stage, head: head("http://127.0.0.1:9/v1"))
        #expect(try second.last.content == first.last.content)
        #expect(try counter("calls", second) == 0)
    }

    @Test func `the server's context is looked at before the first row, its slots set the pace`()
        async throws
    {
        func script(
            context: Int, slots: Int
        ) -> @Sendable (ScriptedEndpoint.Call) -> ScriptedEndpoint.Answer? {
            { call in
                switch call.path {
                case "/v1/models":
                    .init(body: #"{"data":[{"id":"m","owned_by":"llamacpp"}]}"#)
                case "/props":
                    .init(
                        body: #"{"total_slots":\#(slots),"default_generation_settings":"#
                            + #"{"n_ctx":\#(context)}}"#)
                case _ where call.isChat:
                    .init(body: ScriptedEndpoint.completion(Self.good), delayMilliseconds: 20)
                default: nil
                }
            }
        }
        let stage = "- {use: label, labellers: [{use: model}]}"
        try await ScriptedEndpoint.run(script(context: 64, slots: 2)) { endpoint in
            let harness = try StageHarness(records(2))
            await #expect {
                _ = try await harness.run(stage, head: head(endpoint.baseURL))
            } throws: { error in
                let fault = error as? Fault
                return fault?.kind == .configuration && fault?.why?.contains("holds 64") == true
            }
            #expect(endpoint.chats.isEmpty)
        }
        for (more, most) in [("", 2), (", concurrency: 4", 4)] {
            try await ScriptedEndpoint.run(script(context: 8_192, slots: 2)) { endpoint in
                _ = try await StageHarness(records(16)).run(
                    stage, head: head(endpoint.baseURL, more))
                #expect(endpoint.chats.count == 16)
                #expect(endpoint.mostAtOnce <= most)
            }
        }
    }

    @Test func `vLLM's context has to hold the answer too`() async throws {
        let script: @Sendable (ScriptedEndpoint.Call) -> ScriptedEndpoint.Answer? = { call in
            call.path == "/v1/models"
                ? .init(body: #"{"data":[{"id":"m","max_model_len":2048}]}"#)
                : .init(body: ScriptedEndpoint.completion(Self.good))
        }
        try await ScriptedEndpoint.run(script) { endpoint in
            let harness = try StageHarness(records(1))
            await #expect(throws: Fault.self) {
                _ = try await harness.run(
                    "- {use: label, max_tokens: 2000, labellers: [{use: model}]}",
                    head: head(endpoint.baseURL))
            }
            #expect(endpoint.chats.isEmpty)
            let run = try await harness.run(
                "- {use: label, max_tokens: 200, labellers: [{use: model}]}",
                head: head(endpoint.baseURL))
            #expect(try run.last.kept[0].labels["spam"] == true)
        }
    }

    @Test func `labels are asked for without chance and before the confidence`() async throws {
        for (provider, stage, temperature) in [
            ("", "", 0), (", temperature: 0.5", "", 0.5), (", temperature: 0.5", "0.25", 0.25),
            ("", "endpoint", nil),
        ] as [(String, String, Double?)] {
            try await ScriptedEndpoint.run(Self.script("")) { endpoint in
                let setting = stage.isEmpty ? "" : "temperature: \(stage), "
                _ = try await StageHarness(records(1)).run(
                    "- {use: label, \(setting)labellers: [{use: model}]}",
                    head: head(endpoint.baseURL, provider))
                let call = try #require(endpoint.chats.first)
                #expect((call.json["temperature"] as? NSNumber)?.doubleValue == temperature)
                let keys = [#""labels""#, #""spam""#, #""threats""#, #""confidence""#]
                let schema = try #require(call.body.range(of: #""schema":"#)).upperBound
                let places = try keys.map { key in
                    try #require(call.body[schema...].range(of: key)).lowerBound
                }
                #expect(places == places.sorted())
                // OpenAI's strict mode takes no bounds.
                #expect(!call.body[schema...].contains("maximum"))
            }
        }
        let harness = try StageHarness(records(1))
        await #expect(throws: Fault.self) {
            _ = try await harness.run(
                "- {use: label, temperature: hot, labellers: [{use: model}]}",
                head: head("http://127.0.0.1:9/v1"))
        }
    }

    @Test func `a server that honours bounds gets them`() async throws {
        try await ScriptedEndpoint.run(Self.script("")) { endpoint in
            _ = try await StageHarness(records(1)).run(
                "- {use: label, labellers: [{use: model}], attributes: {topic: []}}",
                head: head(endpoint.baseURL, ", dialect: llama.cpp"))
            let body = try #require(endpoint.chats.first).body
            #expect(body.contains(#""maximum":1"#) && body.contains(#""maxLength":200"#))
        }
    }

    @Test func `the prompt says that masks are no evidence`() async throws {
        try await ScriptedEndpoint.run(Self.script("")) { endpoint in
            _ = try await StageHarness(records(1)).run(
                "- {use: label, labellers: [{use: model}]}", head: head(endpoint.baseURL))
            let body = try #require(endpoint.chats.first).body
            for mask in ["[HANDLE]", "[URL]", "[EMAIL]", "[PHONE]", "[CARD]", "[IP]"] {
                #expect(body.contains(mask))
            }
            #expect(body.contains("no evidence of any category"))
        }
    }
}
