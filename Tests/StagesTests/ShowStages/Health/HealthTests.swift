import Foundation
import LawChecks
import Pipeline
import Records
import Testing

@testable import ShowStages

struct HealthTests {
    private static let words = [
        "bread", "market", "window", "river", "green", "paper", "morning", "garden", "letter",
        "music", "bridge", "table",
    ]

    /// Rows whose words know nothing of the label, which a test gives a shortcut to.
    private func rows(
        _ count: Int, seed: UInt64 = 1, positives: Double = 0.5, isSorted: Bool = false,
        change: (Bool, inout Record, inout CounterRNG) -> Void = { _, _, _ in }
    ) -> [Record] {
        let all = (0..<count).map { number in
            var draws = CounterRNG(seed: seed, purpose: "health", id: "\(number)")
            let isSpam = draws.chance(positives)
            let text = (0..<3 + draws.below(20)).map { _ in
                Self.words[draws.below(Self.words.count)]
            }.joined(separator: " ")
            var record = Record(id: "h\(number)", text: text, labels: Labels(["spam": isSpam]))
            change(isSpam, &record, &draws)
            return record
        }
        return isSorted
            ? all.sorted { $0.labels["spam"] == true && $1.labels["spam"] == false } : all
    }

    private func health(
        _ records: [Record], _ settings: String = "", head: String = ""
    ) async throws -> (result: StageHarness.Result, health: Health) {
        let last = try await StageHarness(records).run(
            "- {use: health\(settings)}", head: head
        ).last
        let data = try #require(last.content["health.json"])
        return (last, try JSONDecoder().decode(Health.self, from: data))
    }

    @Test func `the worked example: a placeholder of one label is found first`() async throws {
        let records = rows(400) { isSpam, record, draws in
            if draws.chance(isSpam ? 0.9 : 0.1) { record.text += " [LINK]." }
        }
        let (result, health) = try await health(records)
        let first = try #require(health.shortcuts.first)
        #expect(first.kind == "placeholder" && first.value == "[LINK]" && first.category == "spam")
        #expect(first.rank == 1 && first.rankOfKind == 1 && first.explained > 0.4)
        let held = records.filter { $0.text.hasSuffix("[LINK].") }
        #expect(first.rows == held.count)
        #expect(first.positives == held.count { $0.labels["spam"] == true })
        let spam = held.filter { $0.labels["spam"] == true }.prefix(10).map(\.id)
        #expect(first.examples == spam)
        #expect(result.kept == records && result.manifest.published.isEmpty)
        // Text of rows stays out of what is said.
        let note = try #require(result.manifest.notes.first)
        #expect(note.hasPrefix("A placeholder goes with `spam`") && !note.contains("LINK"))
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `lengths, sources and an order by label are found`(seed: UInt64) async throws {
        let long = rows(600, seed: seed, positives: 0.2) { isSpam, record, draws in
            if isSpam, draws.chance(0.7) { record.text += String(repeating: " paper", count: 30) }
        }
        let length = try #require(try await health(long).health.shortcuts.first)
        #expect(length.kind == "length" && length.share > 0.9 && length.shareOfAll < 0.3)
        let sourced = rows(600, seed: seed, positives: 0.2) { isSpam, record, draws in
            if draws.chance(isSpam ? 0.8 : 0.05) { record.provenance.source = .zeroShot }
        }
        let source = try #require(try await health(sourced).health.shortcuts.first)
        #expect(source.kind == "source" && source.value == "zero_shot" && source.share > 0.7)
        let (_, sorted) = try await health(rows(600, seed: seed, isSorted: true))
        let order = try #require(sorted.shortcuts.first)
        #expect(order.kind == "order" && order.explained > 0.8)
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func `rows whose labels are chance have no shortcut`(seed: UInt64) async throws {
        let (result, health) = try await health(rows(500, seed: seed), ", minimum_rows: 1")
        #expect(health.shortcuts.isEmpty && result.manifest.notes.isEmpty)
        #expect(health.balance.map { $0.positives + $0.negatives } == [500])
    }

    @Test func `one class a row is compared with the others, and unknown labels are left out`()
        async throws
    {
        let single = rows(300) { isSpam, record, draws in
            record.labels = Labels([isSpam ? "spam" : "ham": true])
            if isSpam, draws.chance(0.6) { record.text += " @someone" }
        }
        let (_, found) = try await health(single)
        #expect(found.isSingleLabel)
        #expect(found.shortcuts.prefix(2).map(\.category).sorted() == ["ham", "spam"])
        #expect(found.shortcuts.prefix(2).allSatisfy { $0.value == "@someone" })
        #expect(found.shortcuts.prefix(2).allSatisfy { !$0.examples.isEmpty })
        let unknown = rows(300) { isSpam, record, _ in
            record.labels = isSpam ? Labels(["spam": true]) : Labels()
            if isSpam { record.text += " [LINK]" }
        }
        let (_, blind) = try await health(unknown)
        #expect(blind.shortcuts.isEmpty && blind.balance.first?.negatives == 0)
    }

    @Test func `no rows, and categories that no row has`() async throws {
        let head = "taxonomy: {name: t, categories: [{id: spam}, {id: threats}]}"
        let (_, none) = try await health([], head: head)
        #expect(none.unreachable == ["spam", "threats"] && none.rows == 0)
        let (result, some) = try await health(rows(60), head: head)
        #expect(some.unreachable == ["threats"])
        #expect(result.manifest.notes == ["No row has `threats`."])
    }

    @Test func `findings have canonical bytes and come back from them`() async throws {
        let records = rows(400) { isSpam, record, _ in
            if isSpam { record.text += " [LINK]" }
        }
        let (_, health) = try await health(records)
        let again = try Health(portableBytes: health.portableBytes)
        #expect(!health.shortcuts.isEmpty && again == health)
        #expect(again.portableBytes == health.portableBytes)
        let text = String(decoding: health.portableBytes, as: UTF8.self)
        let keys = ["balance", "isSingleLabel", "labelled", "rows", "shortcuts", "unreachable"]
        let places = keys.compactMap { text.range(of: "\"\($0)\":", options: .backwards) }
        #expect(places.count == keys.count)
        // `rows` is a key of findings as well; the others tell the order.
        let order = zip(keys, places).filter { $0.0 != "rows" }.map(\.1.lowerBound)
        #expect(order == order.sorted())
    }

    @Test func `threads and shards never show`() async throws {
        let records = rows(120) { isSpam, record, draws in
            if isSpam, draws.chance(0.8) { record.text += " #offer" }
        }
        try await StageHarness(records).checkShardCuts("- {use: health, minimum_rows: 2}")
    }

    @Test func `tokens are words without their punctuation, and placeholders as they are`() {
        let text = "See [URL], <name>! (This) @user: #tag USER_ID don't https://a.example/x …"
        let found = TextTokens(text).all.map { "\($0.kind.rawValue) \($0.value)" }
        #expect(
            found == [
                "word see", "placeholder [URL]", "placeholder <name>", "word this",
                "placeholder @user", "placeholder #tag", "placeholder USER_ID", "word don't",
                "placeholder http://", "word …",
            ])
        #expect(TextTokens(" ?! \n").all.isEmpty && TextTokens("").all.isEmpty)
    }

    @Test func `the page shows shortcuts that are no words`() async throws {
        let records = rows(400) { isSpam, record, draws in
            if draws.chance(isSpam ? 0.9 : 0.1) { record.text += " [LINK] discount" }
        }
        let run = try await StageHarness(records).run("- {use: health}\n- {use: report}")
        let data = try #require(try run.last.content["report.html"])
        let page = try WellFormedXML.check(String(decoding: data, as: UTF8.self))
        #expect(page.contains("What gives labels away") && page.contains("[LINK]"))
        #expect(!page.contains("discount"))
    }
}
