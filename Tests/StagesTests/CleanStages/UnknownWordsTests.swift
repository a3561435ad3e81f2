import Foundation
import Pipeline
import Records
import Testing

/// Texts of words that the model does not know: their vectors are alike and say nothing.
struct UnknownWordsTests {
    private let embed = "- {use: embed, model: '\(SharedData.model ?? "")'}\n"
    private let semantic = "- {use: dedupe, near: {enabled: false}, semantic: {threshold: 0.9}}"

    private func records(_ texts: [String]) -> [Record] {
        texts.enumerated().map { Record(id: "\($0.offset)", text: $0.element) }
    }

    @Test(
        .enabled(if: SharedData.hasModel),
        arguments: [
            ["ሰላም ለዓለም ሁሉ ይሁን", "ውሻው በቤት ውስጥ ተኝቷል", "ዛሬ ዝናብ ይዘንባል ይባላል"],
            ["ខ្ញុំស្រឡាញ់សៀវភៅ", "ក្មេងៗលេងបាល់"],
            ["😀 hello", "💣 hello"], ["🍎🍎", "🔥"], ["😀 see you at lunch", "🌧 see you at lunch"],
            [String(repeating: "a1b2", count: 40), String(repeating: "c3d4", count: 40)],
            ["thank you 🍰 very much for the cake", "thank you very much for the cake"],
            ["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "ᎠᏂᏔᎵ ᎣᏏᏲ"],
        ])
    func `unlike texts of unknown words are no semantic duplicates`(texts: [String]) async throws {
        let last = try await StageHarness(records(texts)).run(embed + semantic).last
        #expect(last.refused.isEmpty)
    }

    @Test(
        .enabled(if: SharedData.hasModel),
        arguments: [
            ["See you at lunch tomorrow!", "see you tomorrow at lunch"],
            ["😀 see you at lunch tomorrow", "😀 see you tomorrow at lunch"],
            ["The café opens at nine.", "The cafe opens at nine"],
        ])
    func `texts that mean the same and share their unknown words still are`(texts: [String])
        async throws
    {
        let last = try await StageHarness(records(texts)).run(embed + semantic).last
        #expect(last.refused["1"]?.reason == "duplicate_semantic")
    }

    @Test(.enabled(if: SharedData.hasModel))
    func `embed and dedupe say how many rows there are, and in which script`() async throws {
        let texts = ["ሰላም ለዓለም", "ውሻው በቤት", "ខ្ញុំស្រឡាញ់", "hello there 😀", "hello"]
        let run = try await StageHarness(records(texts)).run(embed + semantic)
        let embedded = try #require(run.stages.dropFirst().first)
        #expect(
            embedded.manifest.notes.contains {
                $0.hasPrefix(
                    "4 texts have words that the model does not know; 3 rows (Ethiopic 2, Khmer 1)")
            })
        let lines = try #require(embedded.notes["unknown-words"])
        #expect(lines.map { $0 is NSNull } == [false, false, false, false, true])
        #expect(
            try run.last.manifest.notes.contains { $0.hasPrefix("3 rows (Ethiopic 2, Khmer 1)") })
    }

    /// A row of the given vector; `unknown` marks it as blind.
    private func row(
        _ id: String, _ vector: [Double], _ labels: [String: Bool], unknown: String? = nil
    ) -> Record {
        let mark = unknown.map { ",\"unknown\":\"\($0)\",\"blind\":true" } ?? ""
        let numbers = vector.map { "\($0)" }.joined(separator: ",")
        return Record(
            id: id, text: "text of \(id)", labels: Labels(labels),
            metadata: Array("{\"v\":[\(numbers)]\(mark)}".utf8))
    }

    @Test func `centroid-filter neither refuses such rows nor counts them into a centre`()
        async throws
    {
        var rows = (0..<20).map { row("r\($0)", [1, Double($0) / 200], ["spam": true]) }
        rows += (0..<20).map { row("b\($0)", [-1, 0.1], ["spam": true], unknown: "w\($0)") }
        let last = try await StageHarness(rows).run(
            "- use: given-unknown-words\n- {use: centroid-filter, threshold: 0.5}",
            more: [GivenUnknownWords.self]
        ).last
        #expect(last.refused.isEmpty)
        #expect(last.manifest.notes.contains { $0.hasPrefix("20 rows (Ethiopic 20)") })
        let note = last.notes["centroid-filter"]?.last as? [String: Any]
        #expect((note?["distances"] as? [String: Any])?.isEmpty == true)
    }

    @Test func `mislabels judges no such row, and none vouches for another`() async throws {
        var rows = Clouds.two(80, wrong: 2).records
        for number in 0..<30 {
            let vector = number % 2 == 0 ? [1.0, 0, 0, 0.2] : [0, 1.0, 0, 0.2]
            rows.append(
                row("b\(number)", vector, ["spam": number % 2 == 1], unknown: "w\(number)"))
        }
        let last = try await StageHarness(rows).run(
            "- use: given-unknown-words\n- use: mislabels", more: [GivenUnknownWords.self]
        ).last
        let notes = (last.notes["mislabels"] ?? []).map { $0 as? [String: Any] ?? [:] }
        let flagged = zip(last.kept, notes)
            .filter { ($0.1["flags"] as? [String])?.isEmpty == false }.map(\.0.id)
        #expect(Set(flagged) == Clouds.two(80, wrong: 2).wrong)
        #expect(notes.suffix(30).allSatisfy { ($0["scores"] as? [String: Any])?.isEmpty == true })
    }

    @Test func `select picks such rows at random only`() async throws {
        var rows = Clouds.two(40, wrong: 0).records
        rows += (0..<10).map { row("b\($0)", [1, 0, 0, 0.2], [:], unknown: "w\($0)") }
        rows += (0..<10).map { row("u\($0)", [1, 0, 0, 0.2], [:]) }
        let last = try await StageHarness(rows).run(
            "- use: given-unknown-words\n- {use: select, budget: 10}",
            more: [GivenUnknownWords.self]
        ).last
        #expect(Set(last.kept.dropFirst(40).map(\.id)) == Set((0..<10).map { "u\($0)" }))
    }
}
