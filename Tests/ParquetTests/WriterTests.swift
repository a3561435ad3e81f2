import Foundation
import Records
import Testing

@testable import Parquet

struct WriterTests {
    private static let schema = ParquetSchema([
        .column("id", .string), .column("label", .integer),
        .structure("from", [("source", .string), ("edits", .json)]), .column("more", .json),
    ])

    struct Row: Equatable {
        var id: String?
        var label: Int?
        var source: String?
        var edits: String?
        var more: String?

        /// As a reader gives it.
        var json: String {
            func text(_ value: String?) -> String {
                guard let value else { return "null" }
                var bytes: [UInt8] = []
                JSONText.append(value, to: &bytes)
                return String(decoding: bytes, as: UTF8.self)
            }
            return "{\"id\":\(text(id)),\"label\":\(label.map(String.init) ?? "null"),"
                + "\"from\":{\"source\":\(text(source)),\"edits\":\(edits ?? "null")},"
                + "\"more\":\(more ?? "null")}"
        }
    }

    private func rows(_ count: Int, _ random: inout Sequence64) -> [Row] {
        let words = ["", "alpha", "日本語", "\u{0}\n\"\\", "🙂", String(repeating: "long ", count: 90)]
        return (0..<count).map { number in
            Row(
                id: random.below(20) == 0 ? nil : "row \(number) \(words[random.below(6)])",
                label: random.below(4) == 0 ? nil : random.below(3) - 1,
                source: random.below(3) == 0 ? nil : words[random.below(3)],
                edits: random.below(5) > 0 ? nil : "[{\"at\":\(random.below(9))}]",
                more: random.below(2) == 0 ? "{}" : "{\"n\":\(number),\"t\":[null,1.5,\"x\"]}")
        }
    }

    private func file(_ groups: [[Row]], keyValues: [(key: String, value: String)] = []) -> [UInt8]
    {
        var writer = ParquetWriter(Self.schema, keyValues: keyValues)
        var bytes = writer.start
        for rows in groups {
            var builder = RowGroupBuilder(Self.schema)
            for row in rows {
                builder.append(row.id, to: 0)
                builder.append(row.label, to: 1)
                builder.append(row.source, to: 2)
                builder.append(row.edits.map { Array($0.utf8) }, to: 3)
                builder.append(row.more.map { Array($0.utf8) }, to: 4)
            }
            bytes += writer.append(builder.encode())
        }
        return bytes + writer.end
    }

    @Test func `what is written is read, in any number of row groups`() throws {
        for seed in 0..<40 {
            var random = Sequence64(seed)
            let groups = (0..<random.below(4)).map { _ in rows(1 + random.below(300), &random) }
            let bytes = file(groups)
            #expect(bytes == file(groups))
            let scratch = ScratchFile(bytes)
            let lines = try ParquetReader(path: scratch.path).lines()
            let expected = groups.flatMap { $0 }.map(\.json)
            #expect(lines.map { String(decoding: $0 ?? [], as: UTF8.self) } == expected)
        }
    }

    @Test func `many rows and long values fall into several pages`() throws {
        var random = Sequence64(1)
        var long = rows(45_000, &random)
        for row in stride(from: 0, to: long.count, by: 9_000) {
            long[row].id = String(repeating: "x", count: 900_000) + "\(row)"
        }
        let scratch = ScratchFile(file([long]))
        let lines = try ParquetReader(path: scratch.path).lines(rowsPerBlock: 10_000)
        #expect(lines.map { String(decoding: $0 ?? [], as: UTF8.self) } == long.map(\.json))
    }

    @Test func `a column of few values has a dictionary, one of many has none`() throws {
        let rows = (0..<3_000).map { number in
            Row(id: "row \(number)", label: number % 3, source: "corpus", edits: nil, more: "{}")
        }
        let scratch = ScratchFile(file([rows]))
        let packed = try Data(contentsOf: URL(fileURLWithPath: scratch.path)).count
        #expect(packed < 16_000)
        var builder = RowGroupBuilder(Self.schema)
        for row in rows {
            builder.append(row.id, to: 0)
            builder.append(row.label, to: 1)
            builder.append(row.source, to: 2)
            builder.append(String?.none, to: 3)
            builder.append(row.more, to: 4)
        }
        let chunks = builder.encode().chunks
        #expect(chunks.map(\.hasDictionary) == [false, true, true, false, true])
        #expect(chunks.map(\.nulls) == [0, 0, 0, 3_000, 0])
    }

    @Test func `a file without rows has its columns and its pairs`() throws {
        let scratch = ScratchFile(file([], keyValues: [("huggingface", "{}"), ("a", "ü")]))
        let reader = try ParquetReader(path: scratch.path)
        #expect(reader.columns == ["id", "label", "from", "more"])
        #expect(reader.rows == 0)
        #expect(try reader.lines().isEmpty)
        #expect(reader.keyValues.map(\.key) == ["huggingface", "a"])
        #expect(reader.keyValues.last?.value == "ü")
    }

    @Test func `class labels are read by their names`() throws {
        let features =
            #"{"info":{"features":{"label":{"names":["no","yes"],"_type":"ClassLabel"}}}}"#
        let rows = [0, 1, -1, 7, nil].map { Row(id: "x", label: $0, more: "1") }
        let scratch = ScratchFile(file([rows], keyValues: [("huggingface", features)]))
        let reader = try ParquetReader(path: scratch.path)
        reader.select { $0 == "label" }
        let lines = try reader.lines().map { String(decoding: $0 ?? [], as: UTF8.self) }
        let expected = ["\"no\"", "\"yes\"", "null", "7", "null"].map { "{\"label\":\($0)}" }
        #expect(lines == expected)
    }

    @Test func `a value that only claims to be JSON is a string`() throws {
        let rows = ["{\"a\":1},\"id\":\"evil\"", "{", "1 2", "{\n\"a\":\r1}", "7"].map {
            Row(more: $0)
        }
        let scratch = ScratchFile(file([rows]))
        let reader = try ParquetReader(path: scratch.path)
        reader.select { $0 == "more" }
        let lines = try reader.lines().map { String(decoding: $0 ?? [], as: UTF8.self) }
        #expect(
            lines == [
                #"{"more":"{\"a\":1},\"id\":\"evil\""}"#, #"{"more":"{"}"#, #"{"more":"1 2"}"#,
                #"{"more":{ "a": 1}}"#, #"{"more":7}"#,
            ])
    }

    @Test func `damaged files of our own are refused or read`() throws {
        var random = Sequence64(3)
        let bytes = file([rows(200, &random), rows(50, &random)])
        let scratch = ScratchFile()
        for _ in 0..<600 {
            var damaged = bytes
            for _ in 0..<1 + random.below(3) {
                damaged[random.below(bytes.count)] = UInt8(random.below(256))
            }
            scratch.write(damaged)
            do {
                _ = try ParquetReader(path: scratch.path).lines(rowsPerBlock: 100)
            } catch {
                #expect((error as? Fault)?.kind == .badData)
            }
        }
    }
}
