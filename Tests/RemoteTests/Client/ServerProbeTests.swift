import Records
import Store
import Synchronization
import Testing

@testable import Remote

struct ServerProbeTests {
    private func facts(
        _ dialect: Dialect, _ pages: [String: String]
    ) async throws -> (facts: ServerFacts, paths: [String]) {
        let server = try ScriptedServer { request in
            pages[request.path].map { .init(200, $0) } ?? .init(404, "not found")
        }
        var endpoint = Endpoint(name: "e", baseURL: server.baseURL, model: "m:7b")
        endpoint.dialect = dialect
        let probe = try ServerProbe(endpoint)
        let facts = try await probe.facts()
        return (facts, server.requests.map(\.path))
    }

    @Test func `a server that says nothing of itself is there all the same`() async throws {
        for (dialect, requests) in [(Dialect.openai, 1), (.anthropic, 1), (.llamaCpp, 2)] {
            let (facts, paths) = try await facts(dialect, [:])
            #expect(facts == ServerFacts(status: 404))
            #expect(paths.count == requests && paths[0] == "/v1/models")
        }
        let (odd, _) = try await facts(
            .llamaCpp, ["/v1/models": "[]", "/props": #"{"total_slots":"two","n_ctx":-1}"#])
        #expect(odd == ServerFacts(status: 200))
    }

    @Test func `a server that loads its model is waited for, and that is said`() async throws {
        let server = try ScriptedServer { request in
            request.number < 3 ? .init(503, "{}") : .init(200, #"{"data":[]}"#)
        }
        let said = Said()
        let probe = try ServerProbe(Endpoint(name: "e", baseURL: server.baseURL, model: "m"))
        let facts = try await probe.facts { said.note($0) }
        #expect(facts.status == 200 && said.sentences.count == 1)
        #expect(said.sentences.first?.hasPrefix("\(server.baseURL) answers HTTP 503") == true)
    }

    @Test func `llama-server tells its slots and the context of one`() async throws {
        let props = #"{"default_generation_settings":{"n_ctx":2048},"total_slots":4}"#
        var expected = ServerFacts(status: 200)
        (expected.slots, expected.contextTokens) = (4, 2048)
        let models = #"{"data":[{"id":"other","owned_by":"llamacpp"}]}"#
        #expect(
            try await facts(.openai, ["/v1/models": models, "/props": props]).facts == expected)
        let named = try await facts(.llamaCpp, ["/v1/models": "{}", "/props": props])
        #expect(named.facts == expected)
    }

    @Test func `vLLM tells the length of the model that is asked`() async throws {
        let models =
            #"{"data":[{"id":"x","max_model_len":9},{"id":"m:7b","max_model_len":4096}]}"#
        let (facts, _) = try await facts(.vllm, ["/v1/models": models])
        #expect(facts.contextTokens == 4096 && facts.reservesAnswer && facts.slots == nil)
    }

    @Test func `Ollama tells the context that is loaded, set, or possible`() async throws {
        let loaded = #"{"models":[{"name":"m:7b","context_length":4096}]}"#
        let set = #"{"parameters":"stop \"x\"\nnum_ctx    8192","model_info":{}}"#
        let possible = #"{"model_info":{"llama.context_length":131072,"x":1}}"#
        for (pages, context) in [
            (["/api/ps": loaded, "/api/show": set], 4096), (["/api/show": set], 8192),
            (["/api/ps": #"{"models":[]}"#, "/api/show": possible], 131_072), ([:], nil),
        ] as [([String: String], Int?)] {
            #expect(try await facts(.ollama, pages).facts.contextTokens == context)
        }
    }

    @Test func `silence is told from an answer, and says whether anybody took the connection`()
        async throws
    {
        let port = try Loopback.freePort()
        let dead = Endpoint(name: "e", baseURL: "http://127.0.0.1:\(port)/v1", model: "m")
        await #expect {
            _ = try await ServerProbe(dead).facts()
        } throws: { error in
            let silence = error as? ServerProbe.Silence
            return silence?.isConnected == false && silence?.reason.contains("libcurl 7") == true
        }
        let server = try ScriptedServer { _ in .init(200, "", ending: .reset) }
        let resetting = Endpoint(name: "e", baseURL: server.baseURL, model: "m")
        await #expect {
            _ = try await ServerProbe(resetting).facts()
        } throws: {
            ($0 as? ServerProbe.Silence)?.isConnected == true
        }
    }

    @Test func `a connection that nobody takes is said and ends the calls, and what waits with it`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let port = try Loopback.freePort()
        let endpoint = Endpoint(name: "e", baseURL: "http://127.0.0.1:\(port)/v1", model: "m")
        var outage = OutageSettings()
        outage.longestUnansweredMilliseconds = 2_500
        outage.graceMilliseconds = 500
        let said = Said()
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: PacerSettings(), outage: outage,
            notice: { said.note($0) })
        let results = await Workbench.askAll(
            ChatClient(connection), (0..<30).map { "question \($0)" })
        for result in results {
            guard case .failure(let fault) = result else {
                Issue.record("a dead endpoint answered")
                continue
            }
            #expect(fault.kind == .unavailable)
        }
        let sentence = try #require(said.sentences.first)
        #expect(said.sentences.count == 1)
        #expect(sentence.hasPrefix("no answer from http://127.0.0.1:\(port)/v1: "))
        #expect(sentence.contains("; trying until ") && sentence.hasSuffix(" UTC"))
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `a server that takes calls and answers none is given up, and a slow one is not`()
        async throws
    {
        for answersModels in [false, true] {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { request in
                if request.path == "/v1/models", answersModels { return .init(200, "{}") }
                var answer = Workbench.echo(request)
                // Given up long before, also on a machine with much to do.
                answer.delayMilliseconds = answersModels ? 6_000 : 120_000
                return answer
            }
            var outage = OutageSettings()
            outage.quietMilliseconds = 500
            outage.longestUnansweredMilliseconds = 3_000
            outage.longestMilliseconds = 3_000
            outage.graceMilliseconds = 200
            outage.probeTimeoutMilliseconds = 500
            var endpoint = Workbench.endpoint(server)
            endpoint.timeoutMilliseconds = 60_000
            let connection = try Connection(
                endpoint, ledger: store.ledger, pacing: PacerSettings(), outage: outage)
            let results = await Workbench.askAll(ChatClient(connection), ["a"])
            switch results[0] {
            case .success: #expect(answersModels)
            case .failure(let fault): #expect(!answersModels && fault.kind == .unavailable)
            }
        }
    }
}

/// What was said, from any thread.
final class Said: Sendable {
    private let state = Mutex<[String]>([])

    var sentences: [String] { state.withLock { $0 } }

    func note(_ sentence: String) { state.withLock { $0.append(sentence) } }
}
