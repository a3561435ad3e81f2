import Foundation
import Pipeline
import Records
import Testing

@testable import MakeStages

/// What keeps texts of a model from becoming rows, and what is asked for in their place.
struct GeneratedTextTests {
    @Test(arguments: [
        ("My number is 1538165576 call me", "digits"), ("no no no no no no no", "word"),
        ("spam ham spam ham spam ham spam ham", "word"),
        ("Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaah", "character"),
        (String(repeating: "I am here to help you. ", count: 5), "loop"),
        ("Well, it began: " + String(repeating: "ab cd ef gh ij kl. ", count: 6), "loop"),
        (String(repeating: "我在这里帮助你", count: 8), "loop"),
        (
            ["ran", "sat", "sat", "lay", "ran", "lay", "lay", "sat", "ran"]
                .map { "the big red dog \($0) down" }.joined(separator: " "), "phrase"
        ),
    ])
    func `texts that repeat themselves are found`(text: String, how: String) {
        #expect(Repetition.found(in: text) == how)
    }

    @Test(arguments: [
        "", "a", "We met on 30.11.2026 at 18:30, table 12345678.", "no no no no, stop that!",
        "ha ha ha ha ha", "Nooooooooo way!!!!!!!!!!", "buy now, buy here, buy cheap, buy it all",
        "The bus was late again, so we walked along the river and talked about the garden.",
        "She said that she would come, and he said that he would not, and that was that.",
        "我在这里。你在那里。我们都在这里。",
    ])
    func `ordinary texts are not`(text: String) {
        #expect(Repetition.found(in: text) == nil)
    }

    /// Bounded work for any text: the longest that a setting allows, with nothing but borders.
    @Test func `a text of one letter and a long one take linear time`() {
        _ = Repetition.found(in: String(repeating: "ab", count: 50_000) + "c")
        #expect(Repetition.found(in: String(repeating: "a", count: 100_000)) == "character")
    }

    private let head = """
        taxonomy:
          name: t
          categories: [{id: spam, definition: Unwanted advertising for goods of any kind.}]
        """

    private static func texts(_ texts: [String]) -> ScriptedEndpoint.Answer {
        let data = try? JSONSerialization.data(withJSONObject: ["texts": texts])
        return .init(
            body: ScriptedEndpoint.completion(String(decoding: data ?? Data(), as: UTF8.self)))
    }

    /// Texts that differ from each other in their words.
    private static func fresh(_ number: Int) -> String {
        let things = ["lamp", "carpet", "kettle", "radio", "saddle", "mirror", "ladder", "violin"]
        let moods = ["cheap", "shiny", "huge", "rare", "warm", "quiet"]
        return "Tuesday only: a \(moods[number % 6]) \(things[number % 8]) for \(number) friends"
    }

    /// A run with no row to begin with would end with exit code 1 for that alone.
    private static let seed = Record(id: "seed", text: "Tuesday is for the garden, says Ann.")

    private func run(
        _ settings: String, _ records: [Record] = [seed],
        _ answer: @escaping @Sendable (Int) -> [String]
    ) async throws -> (run: StageHarness.Run, bodies: [String]) {
        try await ScriptedEndpoint.run { call in
            call.isChat ? Self.texts(answer(call.number)) : nil
        } _: { endpoint in
            let run = try await StageHarness(records).run(
                "- {use: generate, \(settings)}",
                head: "provider: {base_url: '\(endpoint.baseURL)', model: m, concurrency: 1}\n"
                    + head)
            return (run, endpoint.chats.map(\.body))
        }
    }

    @Test func `refused texts are rows with a reason, and the target is filled up again`()
        async throws
    {
        let bad = [
            String(repeating: "Buy it now. ", count: 8), "Call 1538165576 on Tuesday",
            "No day named",
            "Unwanted advertising for goods, of any kind!", "x", Self.fresh(0),
        ]
        let (run, bodies) = try await run(
            "targets: {spam: 6}, per_call: 6, must_contain: [Tuesday]"
        ) { number in
            number == 0 ? bad : (0..<6).map { Self.fresh(number * 6 + $0) }
        }
        let result = try run.last
        #expect(result.kept.count == 1 + 6 && run.report.exitCode == 0)
        #expect(result.kept.allSatisfy { $0.text.contains("Tuesday") })
        let counts = result.manifest.counts
        #expect(counts.isConserved && counts.added == 11 && counts.refused == 5)
        #expect(
            counts.refusedByReason == ["must_contain": 3, "repetitive": 1, "length": 1])
        #expect(result.refused.count == 5)
        #expect(Set(result.refused.keys).isDisjoint(with: result.kept.map(\.id)))
        #expect(bodies.count == 2)
    }

    @Test func `copies of the shown examples are refused, however they are dressed up`()
        async throws
    {
        let shown = (0..<4).map { number in
            Record(
                id: "g\(number)",
                text: "\(["Win", "Grab", "Get", "Take"][number]) a brand new phone today, just "
                    + "follow the link in my profile!",
                labels: Labels(["spam": true]))
        }
        let copies = [
            shown[0].text, shown[1].text.uppercased(), "[ADULT][MESSAGE] \(shown[2].text)",
            shown[3].text.replacingOccurrences(of: "today", with: "tonight"),
            "Listen: \(shown[0].text) Really!",
        ]
        let (run, bodies) = try await run(
            "kinds: [few_shot], targets: {spam: 3}, per_call: 5, examples: 4, max_calls_factor: 9",
            shown
        ) { number in
            number < 2 ? copies : (0..<5).map { Self.fresh(number * 5 + $0) }
        }
        let result = try run.last
        #expect(result.manifest.counts.refusedByReason["copied", default: 0] >= 8)
        #expect(result.kept.count == 4 + 3 && bodies.count >= 3)
        #expect(result.manifest.counts.isConserved && run.report.exitCode == 0)
    }

    @Test func `a target that is not reached fails the run, within what a setting allows`()
        async throws
    {
        for (most, code) in [("0", 1), ("0.5", 0), ("0.2", 1)] as [(String, Int32)] {
            let (run, bodies) = try await run(
                "targets: {spam: 4}, per_call: 2, max_calls_factor: 1, max_shortfall: \(most)"
            ) { number in
                number == 0
                    ? [Self.fresh(1), Self.fresh(1)] : [Self.fresh(2), "no no no no no no no"]
            }
            #expect(try run.last.kept.count == 1 + 2 && bodies.count == 2)
            #expect(run.report.exitCode == code)
            if code == 1 {
                let gate = try #require(run.report.failedGates.first).gate
                #expect(gate.name == "target" && gate.detail == "spam, positives 2 of 4")
            }
            #expect(
                try run.last.manifest.notes == [
                    "spam, positives: 2 of 4 texts after 2 requests, 1 text refused (duplicate), "
                        + "1 text refused (repetitive)"
                ])
        }
    }

    @Test(arguments: [
        #"{"texts":["a","b"]}"#, #"["a","b"]"#, #"{"result":{"texts":["a","b"]}}"#,
        #"{"examples":["a","b"]}"#, #"{"texts":[{"text":"a","note":"x"},{"text":"b"}]}"#,
        #"{"texts":[{"content":"a"},"b"],"count":2}"#,
    ])
    func `a list of texts is read in any frame`(json: String) throws {
        let documents = [json]
        let inner = #"{"texts":["a","b"]}"#
        let read = (try? GenerationPrompts.read(documents[0])) ?? []
        // One level of wrapping is the client's to look through.
        #expect(read == ["a", "b"] || json.contains(inner))
    }

    @Test func `generation has chance of its own, and its schema bounds where it can`() async throws
    {
        for (dialect, isBounded) in [("openai", false), ("vllm", true), ("llama.cpp", true)] {
            try await ScriptedEndpoint.run { call in
                call.isChat ? Self.texts([Self.fresh(call.number)]) : nil
            } _: { endpoint in
                _ = try await StageHarness([]).run(
                    "- {use: generate, targets: {spam: 1}, max_characters: 300}",
                    head: "provider: {base_url: '\(endpoint.baseURL)', model: m, "
                        + "dialect: \(dialect)}\n" + head)
                let call = try #require(endpoint.chats.first)
                #expect((call.json["temperature"] as? NSNumber)?.doubleValue == 1)
                #expect(call.body.contains(#""maxItems":1"#) == isBounded)
                #expect(call.body.contains(#""maxLength":300"#) == isBounded)
            }
        }
    }
}
