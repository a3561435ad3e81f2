import Foundation
import Glibc
import Pipeline
import Records
import Testing

struct IngestTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    @Test func `the worked example`() async throws {
        let result = try await ingest.run(
            """
            {"id":7,"text":"mail me: ann@example.org","label":"spam","lang":"en"}
            {"text":"see you at noon"}
            """, settings: "mask: [email]")
        let first = try #require(result.kept.first)
        #expect(first.id == "7" && first.text == "mail me: [EMAIL]")
        #expect(first.labels == Labels(["spam": true]))
        #expect(first.metadata == Array(#"{"lang":"en"}"#.utf8))
        #expect(first.provenance == Provenance(labelledBy: "source"))
        let second = try #require(result.kept.last)
        #expect(
            second.id == RecordIdentifier.derived(source: "rows", content: "see you at noon"))
        #expect(second.labels.isEmpty && second.provenance.labelledBy == nil)
        let note = try #require(result.notes["ingest"]?.first as? [String: Any])
        #expect(note["source"] as? String == "rows" && note["line"] as? Int == 1)
        #expect((note["masked"] as? [String: Int]) == ["email": 1])
        #expect(Set(note.keys) == ["source", "line", "language", "reliable", "masked", "seconds"])
    }

    @Test func `equal texts without ids stay apart, and a mask does not move ids`() async throws {
        let rows = "{\"text\":\"a@b.org\"}\n{\"text\":\"a@b.org\"}\n{\"text\":\"a@b.org\"}"
        let plain = try await ingest.run(rows)
        let masked = try await ingest.run(rows, settings: "mask: [email]")
        #expect(Set(plain.kept.map(\.id)).count == 3)
        #expect(plain.kept.map(\.id) == masked.kept.map(\.id))
        #expect(
            plain.kept.map(\.id)
                == (0..<3).map {
                    RecordIdentifier.derived(source: "rows", content: "a@b.org", occurrence: $0)
                })
    }

    @Test func `labels come as a string, a list or an object`() async throws {
        let result = try await ingest.run(
            """
            {"id":"a","text":"x","label":"scam"}
            {"id":"b","text":"x","labels":["spam"]}
            {"id":"c","text":"x","labels":{"spam":0,"scam":null}}
            {"id":"d","text":"x","labels":{"spam":true,"scam":false}}
            {"id":"e","text":"x","labels":[]}
            {"id":"f","text":"x","label":null}
            """, source: "unlisted: zero", head: twoCategories)
        #expect(
            result.kept.map(\.labels) == [
                Labels(["scam": true, "spam": true]), Labels(["scam": false, "spam": true]),
                Labels(["spam": false]), Labels(["scam": false, "spam": true]),
                Labels(["scam": false, "spam": false]), Labels(),
            ])
        let open = try await ingest.run(
            #"{"id":"b","text":"x","labels":["spam"]}"#, head: twoCategories)
        #expect(open.kept.first?.labels == Labels(["spam": true]))
    }

    @Test func `one label of a single-label taxonomy makes the others 0, and rare ones merge`()
        async throws
    {
        let result = try await ingest.run(
            """
            {"id":"1","text":"x","label":"a"}
            {"id":"2","text":"x","label":"b"}
            {"id":"3","text":"x","labels":["a","rest"]}
            """, head: threeClasses)
        #expect(
            result.kept.map(\.labels) == [
                Labels(["a": true, "rest": false]), Labels(["a": false, "rest": true]),
            ])
        #expect(Ingesting.reasons(result) == ["3": "bad_label"])
        #expect(result.manifest.notes.contains { $0.contains("b has 1 rows") })
        let enough = try await ingest.run(
            """
            {"id":"1","text":"x","label":"b"}
            {"id":"2","text":"x","label":"b"}
            """,
            head: threeClasses)
        #expect(enough.kept.first?.labels == Labels(["a": false, "b": true, "rest": false]))
    }

    @Test func `fixed labels hold where a row does not say`() async throws {
        let result = try await ingest.run(
            "{\"id\":\"1\",\"text\":\"x\"}\n{\"id\":\"2\",\"text\":\"x\",\"label\":\"spam\"}",
            source: "labels_fixed: {'*': 0}", head: twoCategories)
        #expect(
            result.kept.map(\.labels) == [
                Labels(["spam": false, "scam": false]), Labels(["spam": true, "scam": false]),
            ])
    }

    @Test func `CSV columns are mapped, quotes and line ends inside kept`() async throws {
        let csv =
            "tweet,class,n,tags\r\n\"a \"\"b\"\"\nc, d\",scam, 5,\"spam| scam\"\r\nplain,,6,\r\n"
        let result = try await ingest.run(
            csv, as: "t.csv", source: "text: tweet, label: class, labels: tags",
            head: twoCategories)
        #expect(result.kept.map(\.text) == ["a \"b\"\nc, d", "plain"])
        #expect(result.kept.first?.labels == Labels(["scam": true, "spam": true]))
        #expect(result.kept.first?.metadata == Array(#"{"n":" 5"}"#.utf8))
        let tsv = try await ingest.run("id\ttext\n1\tx, y\n", as: "t.tsv")
        #expect(tsv.kept.map(\.text) == ["x, y"])
    }

    @Test func `metadata stays byte for byte, and further keys join it`() async throws {
        let result = try await ingest.run(
            """
            {"id":"a","text":"x","metadata":{ "n" : 1.50, "u":"\\u00e9" }}
            {"id":"b","text":"x","metadata":{"n":1e40},"lang":"en","deep":{"a":[1, 2]}}
            {"id":"c","text":"x","metadata":{},"lang":"en"}
            """)
        #expect(
            result.kept.map { String(decoding: $0.metadata, as: UTF8.self) } == [
                #"{ "n" : 1.50, "u":"\u00e9" }"#, #"{"n":1e40,"lang":"en","deep":{"a":[1, 2]}}"#,
                #"{"lang":"en"}"#,
            ])
        let some = try await ingest.run(
            #"{"id":"b","text":"x","lang":"en","deep":1}"#, source: "metadata: [lang]")
        #expect(some.kept.first?.metadata == Array(#"{"lang":"en"}"#.utf8))
    }

    @Test func `records of our own pass with their provenance`() async throws {
        let record = Record(
            id: "r", text: "x", labels: Labels(["spam": true]),
            provenance: Provenance(
                source: .perturbation, parentID: "p", rootID: "q",
                operators: Array(#"[{"name":"leet"}]"#.utf8), labelledBy: "rule"),
            metadata: Array(#"{"k":1}"#.utf8))
        let result = try await ingest.run(Data(record.json))
        #expect(result.kept == [record])
        let own = try await ingest.run(#"{"id":"a","text":"x","provenance":{"url":"u"}}"#)
        #expect(own.kept.first?.metadata == Array(#"{"provenance":{"url":"u"}}"#.utf8))
    }

    @Test func `packed files, folders and patterns are read in the order of their paths`()
        async throws
    {
        func put(_ name: String, _ id: String) throws {
            _ = try ingest.harness.write("{\"id\":\"\(id)\",\"text\":\"x\"}\n", to: name)
        }
        try put("data/b.jsonl", "b")
        try put("data/a/z.jsonl", "a")
        try put("data/.hidden.jsonl", "no")
        _ = try ingest.harness.write("no data", to: "data/README")
        try put("packed.jsonl", "c")
        let folder = ingest.harness.folder
        for (tool, end) in [("gzip", "gz"), ("zstd", "zst")] {
            // Not Foundation's `Process`: it waits for a socket that any other child of the tests
            // may have inherited, and so for ever.
            let status = system("\(tool) \(tool == "zstd" ? "-q" : "-k") '\(folder)/packed.jsonl'")
            // A machine without the tool has nothing to read here.
            guard status == 0 else { continue }
            let result = try await ingest.run(sources: "- {path: packed.jsonl.\(end)}")
            #expect(result.kept.map(\.id) == ["c"])
        }
        let whole = try await ingest.run(sources: "- {path: data}")
        #expect(whole.kept.map(\.id) == ["a", "b"])
        #expect(whole.manifest.notes.contains { $0.contains("1 files of folders") })
        let deep = try await ingest.run(sources: "- {path: 'data/**/*.jsonl'}")
        #expect(deep.kept.map(\.id) == ["a", "b"])
        let flat = try await ingest.run(sources: "- {path: 'data/?.jso*', name: s}")
        #expect(flat.kept.map(\.id) == ["b"])
        #expect(
            (flat.notes["ingest"]?.first as? [String: Any])?["source"] as? String == "s/b.jsonl")
    }

    @Test func `lengths, entities and languages are judged when asked`() async throws {
        let rows = """
            {"id":"a","text":"&lt;3","s":1800}
            {"id":"b","text":"The weather in the north was lovely and we walked all day.","s":1800}
            {"id":"c","text":"Das Wetter im Norden war sehr schön und wir sind viel gewandert."}
            """
        let result = try await ingest.run(
            rows, source: "duration: s, labels_fixed: {spam: 1}",
            settings: "html_entities: true, language: [en], min_characters: 3", head: twoCategories)
        #expect(Ingesting.reasons(result) == ["a": "too_short", "c": "language"])
        #expect(number("hours", result) == 0.5)
        #expect(number("hours.spam", result) == 0.5)
        let note = try #require(result.notes["ingest"]?.first as? [String: Any])
        #expect(note["language"] as? String == "en" && note["reliable"] as? Bool == true)
        #expect(note["seconds"] as? Double == 1800)
    }

    @Test func `a limit takes exactly the first rows, kept or refused`() async throws {
        let rows = (0..<1_100).map { $0 == 1 ? "{" : "{\"id\":\($0),\"text\":\"x\"}" }
        let data = Data(rows.joined(separator: "\n").utf8)
        for limit in [1, 2, 1_024, 1_025, 9_999] {
            let result = try await ingest.run(
                data, overrides: ["run.limit=\(limit)"], out: "out-\(limit)")
            #expect(result.manifest.counts.input == min(1_100, limit))
        }
    }

    @Test func `threads and shards change no byte`() async throws {
        var lines: [String] = []
        for number in 0..<2_100 {
            switch number % 7 {
            case 0: lines.append("{\"text\":\"same\"}")
            case 1: lines.append("{broken")
            case 2: lines.append("{\"id\":\(number / 14),\"text\":\"row \(number)\"}")
            default: lines.append("{\"text\":\"row \(number)\",\"label\":\"spam\",\"k\":\(number)}")
            }
        }
        let data = Data(lines.joined(separator: "\n").utf8)
        var seen: [String: Data]?
        for (jobs, shardRows) in [(1, 65_536), (2, 65_536), (3, 65_536), (2, 333)] {
            let result = try await ingest.run(
                data, settings: "mask: [email], language: tag", jobs: jobs, shardRows: shardRows,
                out: "out-\(jobs)-\(shardRows)")
            #expect(seen == nil || seen == result.content)
            seen = result.content
            #expect(result.manifest.counts.kept + result.manifest.counts.refused == 2_100)
        }
    }

    @Test func `any bytes at all are rows or refusals, never a crash`() async throws {
        for seed in 0..<8 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "bytes", id: "x")
            let alphabet = Array("{}[]\",:\\u0dtexid \n\r\u{0}1\u{E9}".utf8) + [0xFF, 0xF0]
            let data = Data((0..<600).map { _ in alphabet[draws.below(alphabet.count)] })
            for name in ["f.jsonl", "f.txt"] {
                let result: StageHarness.Result
                do {
                    result = try await ingest.run(data, as: name, out: "out-\(seed)")
                } catch let fault as Fault where fault.kind == .badData {
                    // What begins as an array of objects has to go on as one.
                    continue
                }
                #expect(
                    result.manifest.counts.kept + result.manifest.counts.refused
                        == result.manifest.counts.input)
            }
        }
    }
}
