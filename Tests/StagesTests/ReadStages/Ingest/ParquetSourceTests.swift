import Foundation
import Parquet
import Pipeline
import Records
import Testing

@testable import StageKit

struct ParquetSourceTests {
    private let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    /// A table of texts with a label that may be null.
    private func table(_ rows: [(text: String?, label: String?, more: Int)]) -> Data {
        let schema = ParquetSchema([
            .column("text", .string), .column("label", .string), .column("more", .integer),
        ])
        var group = RowGroupBuilder(schema)
        for row in rows {
            group.append(row.text, to: 0)
            group.append(row.label, to: 1)
            group.append(row.more, to: 2)
        }
        var writer = ParquetWriter(schema)
        let bytes = writer.start + writer.append(group.encode()) + writer.end
        return Data(bytes)
    }

    private var mail: Data {
        table([("a\nb", "spam", 1), (nil, "ham", 2), ("ünï 🙂", nil, 3), ("", "ham", 4)])
    }

    @Test(arguments: ["rows.parquet", "rows.jsonl", "rows"])
    func `a table is read by its first bytes, whatever it is called`(name: String) async throws {
        let result = try await ingest.run(mail, as: name)
        #expect(result.kept.map(\.text) == ["a\nb", "ünï 🙂"])
        #expect(result.kept.map(\.labels) == [Labels(["spam": true]), Labels()])
        #expect(result.kept.first?.metadata == Array(#"{"more":1}"#.utf8))
        #expect(
            Ingesting.reasons(result) == ["rows:2": "missing_text", "rows:4": "empty_text"])
    }

    @Test func `columns are named, kept and limited like those of other files`() async throws {
        let named = try await ingest.run(
            mail, as: "rows.parquet", source: "text: label, id: more, metadata: []",
            overrides: ["run.limit=2"])
        #expect(named.kept.map(\.id) == ["1", "2"])
        #expect(named.kept.map(\.text) == ["spam", "ham"])
        #expect(named.kept.allSatisfy { $0.metadata == Array("{}".utf8) })
        await #expect(throws: Fault.self) {
            _ = try await ingest.run(mail, as: "rows.parquet", source: "text: body")
        }
    }

    @Test func `a damaged table ends the run with its place`() async throws {
        let damaged = Data(mail.dropLast(9))
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(damaged, as: "rows.parquet")
        }
        #expect(fault?.kind == .badData)
        #expect(fault?.description.contains("rows.parquet") == true)
        await #expect(throws: Fault.self) {
            _ = try await ingest.run("text", as: "rows.parquet", source: "format: parquet")
        }
    }

    @Test(arguments: [false, true])
    func `a released table gives the records of its JSON lines`(isSingle: Bool) async throws {
        var records = (0..<40).map { number in
            Record(
                id: "r\(number)", text: "text \(number) ünï",
                labels: Labels(["spam": number % 2 == 0, "ham": number % 2 == 1]),
                metadata: Array([#"{}"#, #"{"n":[1,{"k":null}]}"#, #"{"n":"x"}"#][number % 3].utf8))
        }
        records[39].provenance = Provenance(
            source: .counterfactual, category: "spam", setID: "s", template: "t@1",
            operators: Array(#"[{"op":"x","edits":[[0,1,"a"]]}]"#.utf8), labelledBy: "template")
        let taxonomy =
            "taxonomy: {name: t, single_label: \(isSingle), categories: [{id: spam}, {id: ham}]}"
        let split = try await StageHarness(records).run(
            "- {use: split, train: 1, val: 0, test: 0}", head: taxonomy
        ).last
        let data = try #require(split.content["train.parquet"])
        let again = try await ingest.run(data, as: "train.parquet")
        #expect(again.kept == records)
        let path = try ingest.harness.write(data, to: "alone.parquet")
        let columns = try ParquetReader(path: path).columns
        #expect(columns.contains("label") == isSingle)
    }

    @Test func `a release as a folder is read once, not in both of its forms`() async throws {
        let folder = ingest.harness.folder + "/release"
        _ = try ingest.harness.write(mail, to: "release/train.parquet")
        _ = try ingest.harness.write(mail, to: "release/other.parquet")
        _ = try ingest.harness.write("{\"text\":\"a line\"}", to: "release/train.jsonl")
        let result = try await ingest.run(sources: "- {path: '\(folder)'}")
        #expect(result.kept.map(\.text) == ["a\nb", "ünï 🙂", "a line"])
        #expect(result.manifest.notes.contains { $0.contains("Parquet files were left out") })
    }

    @Test func `a single label's number is that of the category that implies the others`() {
        let taxonomy = Taxonomy(
            name: "t", isSingleLabel: true,
            categories: [
                Category(id: "abuse"), Category(id: "threat", implies: ["abuse"]),
                Category(id: "other"),
            ])
        let schema = ReleaseSchema(taxonomy)
        #expect(schema.number(of: Labels(["abuse": true])) == 0)
        #expect(schema.number(of: Labels(["abuse": true, "threat": true])) == 1)
        #expect(schema.number(of: Labels(["abuse": true, "other": true])) == nil)
        #expect(schema.number(of: Labels(["abuse": false])) == nil)
        #expect(schema.number(of: Labels(["unlisted": true])) == nil)
    }
}
