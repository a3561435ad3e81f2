import Foundation
import Pipeline
import Records
import Testing

/// Files that are not UTF-8.
struct EncodingTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    private func text(_ end: String) -> String {
        switch end {
        case "jsonl":
            "{\"id\":1,\"text\":\"grüße 你好\"}\r\n{\"id\":2,\"text\":\"\u{1F600} two\"}\r\n"
        case "json": "[{\"id\":1,\"text\":\"grüße 你好\"},\n{\"id\":2,\"text\":\"\u{1F600} two\"}]"
        case "txt": "grüße 你好\n\u{1F600} two\n"
        case "tsv": "id\ttext\n1\tgrüße 你好\n2\t\u{1F600} two\n"
        default: "id,text\n1,grüße 你好\n2,\u{1F600} two\n"
        }
    }

    @Test(arguments: ["csv", "tsv", "jsonl", "json", "txt"], [true, false])
    func `UTF-16 with a byte order mark is read`(end: String, isLittle: Bool) async throws {
        let encoding = isLittle ? String.Encoding.utf16LittleEndian : .utf16BigEndian
        let data = try #require(("\u{FEFF}" + text(end)).data(using: encoding))
        let result = try await ingest.run(data, as: "a.\(end)")
        #expect(result.kept.map(\.text) == ["grüße 你好", "\u{1F600} two"])
        #expect(result.refused.isEmpty)
        // Two such files put together.
        if end == "json" { return }
        let twice = try await ingest.run(data + data, as: "b.\(end)", out: "twice")
        #expect(twice.stage.counts.kept + twice.stage.counts.refused == twice.stage.counts.input)
        #expect(twice.kept.first?.text == "grüße 你好")
    }

    @Test func `UTF-16 without a mark is read where the source says so`() async throws {
        let data = try #require(text("csv").data(using: .utf16LittleEndian))
        let result = try await ingest.run(data, as: "a.csv", source: "encoding: utf-16le")
        #expect(result.kept.map(\.text) == ["grüße 你好", "\u{1F600} two"])
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(data, as: "b.csv")
        }
        #expect(fault?.hint?.contains("encoding: utf-16le") == true)
    }

    @Test func `a file cut inside a character loses no row`() async throws {
        var data = try #require("\u{FEFF}a\nb\u{1F600}".data(using: .utf16LittleEndian))
        data.removeLast(1)
        let result = try await ingest.run(data, as: "a.txt")
        #expect(result.kept.map(\.text) == ["a", "b\u{FFFD}\u{FFFD}"])
        #expect(number("repaired_characters", result) == 2)
    }

    @Test func `Windows-1252 is read as it is when asked, and else repaired and told`()
        async throws
    {
        let rows = "id,text,label,note\n1,“déjà vu” – 5 €,spam,naïve\n2,plain,ham,café\n"
        let data = try #require(rows.data(using: .windowsCP1252))
        let right = try await ingest.run(data, as: "a.csv", source: "encoding: windows-1252")
        #expect(right.kept.map(\.text) == ["“déjà vu” – 5 €", "plain"])
        #expect(right.kept.first?.metadata == Array(#"{"note":"naïve"}"#.utf8))
        #expect(!right.manifest.notes.contains { $0.contains("U+FFFD") })
        for name in ["cp1252", "latin-1", "iso-8859-1"] {
            let same = try await ingest.run(data, as: "a.csv", source: "encoding: \(name)")
            #expect(same.kept == right.kept)
        }
        let damaged = try await ingest.run(data, as: "b.csv")
        #expect(damaged.kept.count == 2)
        #expect(
            damaged.kept.first?.text == "\u{FFFD}d\u{FFFD}j\u{FFFD} vu\u{FFFD} \u{FFFD} 5 \u{FFFD}")
        #expect(
            damaged.manifest.notes.contains {
                $0.hasPrefix("8 characters of 2 rows were not UTF-8")
                    && $0.contains("`encoding: windows-1252`") && $0.contains("iconv -f")
            }, "\(damaged.manifest.notes)")
    }

    @Test func `an encoding that nobody knows is a fault at its setting`() async throws {
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run("a", as: "a.txt", source: "encoding: windows-1251")
        }
        #expect(fault?.kind == .configuration && fault?.what.contains("encoding") == true)
    }
}
