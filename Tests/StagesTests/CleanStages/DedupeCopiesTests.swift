import Foundation
import Records
import Testing

/// Many copies of one text, with labels and lines of descent that keep some apart.
struct DedupeCopiesTests {
    private let text = "please send the signed form to our office by friday at noon, not later"

    private func copies(
        _ count: Int, named name: String = "r", _ text: (Int) -> String, spam: (Int) -> Bool,
        set: String? = nil
    ) -> [Record] {
        (0..<count).map { number in
            Record(
                id: "\(name)\(number)", text: text(number), labels: Labels(["spam": spam(number)]),
                provenance: Provenance(setID: set))
        }
    }

    @Test func `each of a thousand copies with two labels finds the first of its label`()
        async throws
    {
        let records = copies(1_000, { _ in text }, spam: { $0 % 2 == 0 })
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        #expect(last.kept.map(\.id) == ["r0", "r1"])
        #expect(last.refused.count == 998)
        for (number, record) in records.enumerated().dropFirst(2) {
            #expect(last.refused[record.id]?.reason == "duplicate_exact")
            #expect(last.refused[record.id]?.matched == "r\(number % 2)")
        }
        #expect(last.content["conflicts.jsonl"]?.split(separator: 10).count == 1)
    }

    @Test func `each of hundreds of near copies with two labels finds one of its label`()
        async throws
    {
        let records = copies(
            700, { text + String(repeating: "!", count: $0) }, spam: { $0 % 2 == 0 })
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        #expect(last.kept.map(\.id) == ["r0", "r1"])
        #expect(last.refused.count == 698)
    }

    @Test func `copies behind a large contrast set still find it`() async throws {
        let records =
            copies(400, named: "s", { _ in text }, spam: { _ in true }, set: "set")
            + copies(20, named: "t", { _ in text }, spam: { _ in true })
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        #expect(last.kept.count == 400)
        for number in 0..<20 { #expect(last.refused["t\(number)"]?.matched == "s0") }
    }

    @Test func `every row of a large contrast set knows that it is contradicted`() async throws {
        let records =
            copies(400, named: "s", { _ in text }, spam: { _ in true }, set: "set")
            + copies(1, named: "t", { _ in text }, spam: { _ in false })
        let harness = try StageHarness(records)
        let listed = try await harness.run("- {use: dedupe}").last
        #expect(listed.content["conflicts.jsonl"]?.split(separator: 10).count == 400)
        let refused = try await harness.run("- {use: dedupe, conflicts: refuse_both}").last
        #expect(refused.kept.isEmpty)
    }

    @Test(arguments: 1...20)
    func `copies fall as they do when every pair is compared`(seed: UInt64) async throws {
        var draws = CounterRNG(seed: seed, purpose: "copies")
        func pick(_ names: [String?]) -> String? { names[Int(draws.next() % UInt64(names.count))] }
        let records = (0..<40).map { number in
            var labels: [String: Bool] = [:]
            for category in ["a", "b"] {
                labels[category] = pick(["1", "0", nil]).map { $0 == "1" }
            }
            let parent = pick(["p", "q", nil])
            return Record(
                id: "r\(number)", text: text, labels: Labels(labels),
                provenance: Provenance(
                    parentID: parent, rootID: parent, setID: pick(["s", "t", nil])))
        }
        var kept: [Record] = []
        var refused: [String: String] = [:]
        let members = records.filter { $0.provenance.setID != nil }
        for record in members + records.filter({ $0.provenance.setID == nil }) {
            let match = kept.first { other in
                record.provenance.setID == nil && record.root != other.root
                    && record.labels.known.allSatisfy { label in
                        other.labels[label.category].map { $0 == label.value } ?? true
                    }
            }
            if let match { refused[record.id] = match.id } else { kept.append(record) }
        }
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        let ids = Set(kept.map(\.id))
        #expect(last.kept.map(\.id) == records.map(\.id).filter(ids.contains))
        #expect(last.refused.mapValues(\.matched) == refused.mapValues { $0 })
    }

    @Test func `rows whose vectors are alike are semantic duplicates`() async throws {
        let vectors = [[1.0, 0, 0], [0, 1, 0], [0.99, 0.05, 0], [0, 0.7, 0.7], [0, 0, 0]]
        let records = vectors.enumerated().map { number, vector in
            Record(
                id: "r\(number)", text: "text of its own \(number * 7_919)",
                metadata: Array("{\"v\":\(vector)}".utf8))
        }
        let harness = try StageHarness(records)
        let head = "- use: given-vectors\n"
        let off = try await harness.run(head + "- {use: dedupe, semantic: false}").last
        #expect(off.refused.isEmpty)
        let last = try await harness.run(head + "- {use: dedupe, semantic: true}").last
        #expect(last.refused.keys.sorted() == ["r2"])
        #expect(last.refused["r2"]?.reason == "duplicate_semantic")
        #expect(last.refused["r2"]?.matched == "r0")
        #expect(abs((last.refused["r2"]?.score ?? 0) - 0.998727) < 1e-5)
        let wide = try await harness.run(head + "- {use: dedupe, semantic: {threshold: 0.7}}").last
        #expect(wide.refused.keys.sorted() == ["r2", "r3"])
    }
}
