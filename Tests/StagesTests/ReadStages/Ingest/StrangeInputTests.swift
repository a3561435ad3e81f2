import Foundation
import Pipeline
import Records
import Testing

/// Files that are not what their names say, and JSON of other programs.
struct StrangeInputTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    @Test func `binary files end the run under any name and give no row`() async throws {
        let starts: [(String, [UInt8])] = [
            ("Parquet", Array("PAR1".utf8) + [0x15, 0, 0x15]), ("bzip2", Array("BZh91AY&SYo".utf8)),
            ("Arrow", Array("ARROW1\0\0".utf8)), ("zip", Array("PK".utf8) + [3, 4, 20, 0, 0]),
            ("SQLite", Array("SQLite format 3\0".utf8)), ("pickle", [0x80, 4, 0x95, 1, 0]),
        ]
        for (format, start) in starts {
            let data = Data(start + [UInt8](repeating: 10, count: 40) + Array("text,id\n1,2".utf8))
            for name in ["a.jsonl", "a.csv", "a.tsv", "a.txt", "a.json", "a"] {
                let fault = await #expect(throws: Fault.self) {
                    _ = try await ingest.run(data, as: name)
                }
                #expect(fault?.kind == .badData && fault?.what.contains(format) == true)
                #expect(fault?.hint != nil)
            }
        }
    }

    @Test(arguments: ["csv", "txt", "jsonl", "tsv"], [true, false])
    func `UTF-16 without a mark is told`(end: String, isLittle: Bool) async throws {
        let text =
            switch end {
            case "jsonl": "{\"text\":\"你好\"}\n{\"text\":\"café\"}\n"
            case "txt": "你好世界\ncafé\n"
            default: "id,text\n1,你好世界\n2,café\n".replacing(",", with: end == "tsv" ? "\t" : ",")
            }
        let encoding = isLittle ? String.Encoding.utf16LittleEndian : .utf16BigEndian
        let data = try #require(text.data(using: encoding))
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(data, as: "a.\(end)")
        }
        #expect(fault?.kind == .badData && fault?.what.contains("UTF-16") == true)
    }

    @Test(arguments: ["nan", "nul", "none", "NaN", "Infinity", "-Infinity"])
    func `a bare word refuses its row by its name`(word: String) async throws {
        let result = try await ingest.run(
            """
            {"id":"1","text":"fine"}
            {"id":"2","text":"x","score":\(word)}
            {"id":"3","text":"x","meta":{"a":[1,\(word)]}}
            {"id":"4","text":"fine too"}
            """)
        #expect(result.kept.map(\.id) == ["1", "4"])
        #expect(Set(Ingesting.reasons(result).values) == ["malformed_json"])
        let lines = String(decoding: try #require(result.content["refused"]), as: UTF8.self)
        #expect(word == "nul" || lines.contains("`\(word)`"))
    }

    @Test func `nesting beyond the limit refuses its row`() async throws {
        func row(_ depth: Int) -> String {
            "{\"text\":\"x\",\"m\":\(String(repeating: "[", count: depth))"
                + "\(String(repeating: "]", count: depth))}"
        }
        let result = try await ingest.run([511, 512, 50_000, 1].map(row).joined(separator: "\n"))
        #expect(result.kept.count == 2)
        #expect(
            Ingesting.reasons(result) == ["rows:2": "malformed_json", "rows:3": "malformed_json"])
    }

    @Test func `numbers pass as they are written`() async throws {
        let metadata = #"{"n":9007199254740993,"m":1e400,"k":1E+2,"z":-0.0,"d":0.10}"#
        let result = try await ingest.run(
            "{\"id\":9007199254740993,\"text\":\"x\",\(metadata.dropFirst())\n"
                + "{\"id\":\"007\",\"text\":\"x\"}\n{\"id\":7,\"text\":\"x\",\"a\":{\"b\":1e999}}")
        #expect(result.kept.map(\.id) == ["9007199254740993", "007", "7"])
        #expect(result.kept.first?.metadata == Array(metadata.utf8))
    }

    @Test func `a key twice is refused at every depth`() async throws {
        let result = try await ingest.run(
            """
            {"id":"a","text":"x","meta":{"a":1,"a":2}}
            {"id":"b","text":"x","metadata":{"m":[{"a":1,"\\u0061":2}]}}
            {"id":"c","text":"x","labels":{"spam":1,"spam":0}}
            {"id":"d","text":"x","labels":{"spam":1,"spam ":0}}
            {"id":"e","text":"x","labels":{"caf\u{E9}":1,"cafe\u{301}":0}}
            {"id":"f","text":"x","meta":{"a":1},"other":{"a":[{"a":1},{"a":1}]}}
            """)
        #expect(result.kept.map(\.id) == ["f"])
        #expect(Set(Ingesting.reasons(result).values) == ["duplicate_key"])
        #expect(result.refused.count == 5)
    }

    @Test func `a JSON array and rows under a key are read, with their lines`() async throws {
        for (text, lines) in [
            ("[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"text\":\"b\"}]", [1, 1]),
            (
                "[\n  {\n  \"id\": 1, \"text\": \"a\"\n  },\n  {\"id\": 2, \"text\": \"b\"}\n]",
                [2, 5]
            ),
            (
                "{\"n\": 2, \"rows\": [{\"id\":1,\"text\":\"a\"},\n{\"id\":2,\"text\":\"b\"}]}",
                [1, 2]
            ),
        ] {
            for name in ["a.json", "a.jsonl", "a"] {
                let result = try await ingest.run(text, as: name)
                #expect(result.kept.map(\.id) == ["1", "2"])
                let notes = result.notes["ingest"] as? [[String: Any]]
                #expect(notes?.map { $0["line"] as? Int } == lines)
            }
        }
        let torn = await #expect(throws: Fault.self) {
            _ = try await ingest.run("[{\"id\":1,\"text\":\"a\"},{\"id\":2,\"te", as: "a.json")
        }
        #expect(torn?.kind == .badData)
    }

    @Test func `booleans and numbers are labels where map names them`() async throws {
        let rows = """
            {"id":"1","text":"x","label":true}
            {"id":"2","text":"x","label":false}
            {"id":"3","text":"x","label":1.0}
            {"id":"4","text":"x","label":0}
            {"id":"5","text":"x","labels":[1]}
            {"id":"6","text":"x","label":"True"}
            {"id":"7","text":"x","label":2}
            """
        let map = "map: {true: toxic, false: ok, 1: toxic, 0: ok}"
        let result = try await ingest.run(rows, source: map)
        #expect(
            result.kept.flatMap(\.labels.positives)
                == ["toxic", "ok", "toxic", "ok", "toxic", "toxic"])
        #expect(Ingesting.reasons(result) == ["7": "bad_label"])
        let table = try await ingest.run(
            "id,text,label\n1,x,True\n2,x,0.0\n3,x,1\n", as: "t.csv", source: map)
        #expect(table.kept.flatMap(\.labels.positives) == ["toxic", "ok", "toxic"])
        let floats = try await ingest.run(
            "{\"text\":\"x\",\"label\":1}", source: "map: {1.0: toxic}")
        #expect(floats.kept.flatMap(\.labels.positives) == ["toxic"])
    }

    @Test func `a category has one name, however a file writes it`() async throws {
        let names = [
            "caf\u{E9}", "cafe\u{301}", " caf\u{E9} ", "caf\u{E9}\u{7}", "\u{FEFF}cafe\u{301}",
        ]
        let want = Labels(["caf\u{E9}": true])
        for head in ["", "taxonomy: {name: t, categories: [{id: \"cafe\u{301} \"}]}"] {
            for name in names {
                var line = JSONObject()
                line["id"] = .string("1")
                line["text"] = .string("x")
                line["label"] = .string(name)
                let one = try await ingest.run(Data(line.bytes), head: head)
                #expect(one.kept.map(\.labels) == [want])
                let several = try await ingest.run(
                    "id,text,labels\n1,x,\(name)|\(name)\n", as: "t.csv", head: head)
                #expect(several.kept.map(\.labels) == [want])
                let mapped = try await ingest.run(
                    "id,text,label\n1,x,\(name)\n", as: "m.csv",
                    source: "map: {\"cafe\u{301}\": \"caf\u{E9}\"}", head: head)
                #expect(mapped.kept.map(\.labels) == [want])
            }
        }
    }

    @Test func `links to folders are followed, each folder once`() async throws {
        let harness = ingest.harness
        _ = try harness.write("{\"text\":\"one\"}\n", to: "data/a.jsonl")
        _ = try harness.write("{\"text\":\"two\"}\n", to: "real/b.jsonl")
        _ = try harness.write("{\"text\":\"three\"}\n", to: "data/own/c.jsonl")
        let files = FileManager.default
        for (link, target) in [
            ("data/sub", "../real"), ("data/again", "../real"), ("data/circle", "../data"),
            ("data/own/up", "../../data"), ("data/near", "own"), ("real/self", "."),
        ] {
            try files.createSymbolicLink(
                atPath: "\(harness.folder)/\(link)", withDestinationPath: target)
        }
        let result = try await ingest.run(sources: "- {path: data}")
        #expect(Set(result.kept.map(\.text)) == ["one", "two", "three"])
        #expect(result.kept.count == 3)
    }

    @Test func `ids that begin anew in each file are told, and kept apart when asked`()
        async throws
    {
        _ = try ingest.harness.write("id,text\n1,a\n2,b\n", to: "train.csv")
        _ = try ingest.harness.write("id,text\n1,c\n2,d\n", to: "test.csv")
        let told = try await ingest.run(sources: "- {path: train.csv}\n- {path: test.csv}")
        #expect(told.kept.count == 2)
        #expect(
            told.manifest.notes.contains {
                $0.contains("`test`") && $0.contains("`id_scope: file`")
            })
        let apart = try await ingest.run(
            sources: "- {path: train.csv}\n- {path: test.csv, id_scope: file}")
        #expect(apart.kept.map(\.id) == ["1", "2", "test/1", "test/2"])
        #expect(!apart.manifest.notes.contains { $0.contains("id_scope") })
        _ = try ingest.harness.write("id,text\n1,a\n", to: "folder/x.csv")
        _ = try ingest.harness.write("id,text\n1,b\n", to: "folder/y.csv")
        let folder = try await ingest.run(sources: "- {path: folder, id_scope: file}")
        #expect(folder.kept.map(\.id) == ["folder/x.csv/1", "folder/y.csv/1"])
    }

    @Test func `a source without rows fails a gate, and a limit excuses it`() async throws {
        _ = try ingest.harness.write("id,text\n1,a\n2,b\n", to: "full.csv")
        for (name, text) in [
            ("none.csv", "id,text\n"), ("none.jsonl", ""), ("none.txt", "\n \n"),
            ("none.json", "[]"),
        ] {
            _ = try ingest.harness.write(text, to: name)
            let result = try await ingest.run(
                sources: "- {path: full.csv}\n- {path: \(name)}", out: "out-\(name)")
            let gate = try #require(result.manifest.gates.first)
            #expect(gate.name == "source_rows" && !gate.passed && gate.detail.contains("`none`"))
            let limited = try await ingest.run(
                sources: "- {path: full.csv}\n- {path: \(name)}", overrides: ["run.limit=2"],
                out: "out-\(name)-limited")
            #expect(limited.manifest.gates.isEmpty)
        }
        let whole = try await ingest.run(sources: "- {path: full.csv}", out: "whole")
        #expect(whole.manifest.gates.isEmpty)
    }

    @Test func `a named field that no row has is a fault at its setting, with the nearest`()
        async throws
    {
        let rows = (0..<2_000).map { number in
            "{\"id\":\(number),\"text\":\"x\"\(number == 1_999 ? ",\"rare\":\"spam\"" : "")}"
        }
        _ = try ingest.harness.write(rows.joined(separator: "\n"), to: "a.jsonl")
        _ = try ingest.harness.write("id,text,label\n1,x,spam\n", to: "a.csv")
        for (source, name, known) in [
            ("path: a.jsonl, label: rar", "rar", "rare"),
            ("path: a.jsonl, text: txt", "txt", "text"),
            ("path: a.jsonl, id: ids", "ids", "id"),
            ("path: a.csv, label: lable", "lable", "label"),
            ("path: a.csv, id: ids", "ids", "id"), ("path: a.csv, text: txet", "txet", "text"),
            ("path: a.csv, duration: txet", "txet", "text"),
            ("path: a.csv, labels: lables", "lables", "label"),
        ] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(sources: "- {\(source)}")
            }
            #expect(fault?.kind == .configuration && fault?.what.contains("`\(name)`") == true)
            #expect(fault?.why?.contains("`\(known)`") == true)
            #expect(fault?.hint?.contains("`\(known)`") == true)
        }
        // Rare is not missing, and a record has keys of its own.
        let rare = try await ingest.run(sources: "- {path: a.jsonl, label: rare}")
        #expect(rare.kept.count == 2_000)
        let record = Record(id: "r", text: "x", labels: Labels(["spam": true]))
        let records = try await ingest.run(
            Data(record.json), as: "records.jsonl", source: "text: body, label: kind")
        #expect(records.kept.map(\.id) == ["r"])
    }
}
