import Foundation
import Pipeline
import Records
import Testing

/// CSV and TSV as spreadsheets, databases and people write them.
struct TableInputTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    @Test func `a row takes no cell of the next one, and the last row ends nothing`() async throws {
        for (rows, kept, refused) in [
            ("7,\"sold\" out\n8,fine,ham\n", ["8"], ["r:2": "ragged_row"]),
            ("1,fine,ham\n7,\"sold\" out", ["1"], ["r:3": "ragged_row"]),
            (
                "7,\"a\"b\n8,\"c\"d\n9,\"e\"f", [],
                [
                    "r:2": "ragged_row", "r:3": "ragged_row", "r:4": "ragged_row",
                ]
            ),
            ("7,\"sold\" out,ham\n8,x,ham\n", ["8"], ["r:2": "text_after_quote"]),
            ("7,\"she said \\\"hi, there\\\"\",a\n8,x,ham\n", ["8"], ["r:2": "ragged_row"]),
        ] as [(String, [String], [String: String])] {
            let result = try await ingest.run("id,text,label\n" + rows, as: "r.csv")
            #expect(result.kept.map(\.id) == kept)
            #expect(Ingesting.reasons(result) == refused)
            #expect(result.kept.allSatisfy { $0.labels == Labels(["ham": true]) })
        }
    }

    @Test func `lines like rows inside a field are said, since a quote may be missing`()
        async throws
    {
        let rows = "id,text,label\n1,\"lone,ham\n2,b,ham\n3,c,ham\n4,d\",ham\n5,e,ham\n"
        let result = try await ingest.run(rows, as: "r.csv")
        #expect(result.kept.map(\.id) == ["1", "5"])
        #expect(
            result.manifest.notes.contains {
                $0.hasPrefix("2 lines inside a quoted field look like rows")
                    && $0.contains(" r:2:")
            }, "\(result.manifest.notes)")
        let prose = "id,text,label\n1,\"Dear Ann,\nsee you there.\nBob, Tuesday\",ham\n"
        #expect(try await ingest.run(prose, as: "p.csv").manifest.notes.isEmpty)
    }

    @Test func `text behind a closing quote is said in a note`() async throws {
        let result = try await ingest.run("text,label\n\"a\" b,ham\nc,ham\n", as: "r.csv")
        #expect(result.manifest.notes.contains { $0.contains("`quote: none`") })
        let plain = try await ingest.run(
            "text,label\n\"a\" b,ham\n", as: "r.csv", source: "quote: none")
        #expect(plain.kept.map(\.text) == ["\"a\" b"])
    }

    @Test func `TSV is read without quotes, unless a setting says so`() async throws {
        let text = "id\ttext\n1\t\"Hello\" he said\n2\t\"lone\n3\tend\"\n4\t\"two\tcells\"\n"
        let plain = try await ingest.run(text, as: "r.tsv")
        #expect(plain.kept.map(\.text) == ["\"Hello\" he said", "\"lone", "end\""])
        #expect(Ingesting.reasons(plain) == ["r:5": "ragged_row"])
        let quoted = try await ingest.run(
            "id\ttext\n1\t'two\tcells'\n2\t'two\nlines'\n", as: "r.tsv", source: "quote: \"'\"")
        #expect(quoted.kept.map(\.text) == ["two\tcells", "two\nlines"])
        for wrong in ["ab", "','", "é"] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(text, as: "r.tsv", source: "quote: \(wrong)")
            }
            #expect(fault?.kind == .configuration && fault?.what.contains("quote") == true)
        }
    }

    @Test func `columns without a name are left out and said`() async throws {
        for (text, columns) in [
            ("id,text,label,,\n1,a,ham,,\n2,b,ham,,x\n", "4, 5"),
            ("id,text,label,,\n1,a,ham\n2,b,ham,\n", "4, 5"),
            (",id,text,label\n0,1,a,ham\n1,2,b,ham\n", "1"),
            ("id, ,text,\"\",label\n1,x,a,,ham\n2,y,b,,ham\n", "2, 4"),
        ] {
            let result = try await ingest.run(text, as: "r.csv")
            #expect(result.kept.map(\.id) == ["1", "2"] && result.kept.map(\.text) == ["a", "b"])
            #expect(result.kept.allSatisfy { $0.metadata == Record.noMetadata })
            #expect(result.kept.allSatisfy { $0.labels == Labels(["ham": true]) })
            #expect(result.manifest.notes.contains { $0.contains("in `r` \(columns)") })
        }
    }

    @Test func `a row that lacks more than unnamed columns is refused`() async throws {
        let result = try await ingest.run(
            "id,text,label,,\n1,a\n2,\"b\"x,ham\n3,c,ham,,,\n4,d,ham\n", as: "r.csv")
        #expect(result.kept.map(\.id) == ["4"])
        #expect(Set(Ingesting.reasons(result).values) == ["ragged_row"])
        #expect(result.refused.count == 3)
    }

    @Test func `files put together keep their rows, and headers are none`() async throws {
        let one = "\u{FEFF}id,text\n1,a\n"
        let result = try await ingest.run(one + one.replacing("1,a", with: "2,b"), as: "r.csv")
        #expect(result.kept.map(\.id) == ["1", "2"])
        #expect(Ingesting.reasons(result) == ["r:3": "repeated_header"])
        let lines = "\u{FEFF}{\"text\":\"a\"}\n\u{FEFF}{\"text\":\"b\"}\n"
        #expect(try await ingest.run(lines).kept.map(\.text) == ["a", "b"])
        let texts = try await ingest.run("\u{FEFF}a\n\u{FEFF}b\n", as: "r.txt")
        #expect(texts.kept.map(\.text) == ["a", "b"])
    }

    @Test(arguments: ["csv", "tsv", "jsonl", "txt"])
    func `CR alone ends lines where there is no LF`(end: String) async throws {
        let tab = end == "tsv" ? "\t" : ","
        let text =
            switch end {
            case "jsonl": "{\"text\":\"a\"}\r{\"text\":\"b\"}\r"
            case "txt": "a\rb"
            default: "id\(tab)text\r1\(tab)a\r2\(tab)b\r"
            }
        let result = try await ingest.run(text, as: "r.\(end)")
        #expect(result.kept.map(\.text) == ["a", "b"])
    }

    @Test func `line ends of Windows inside and outside quotes`() async throws {
        let result = try await ingest.run(
            "id,text\r\n1,\"line1\r\nline2\"\r\n2,\"say \"\"hi\"\", ok\"\r\n", as: "r.csv")
        #expect(result.kept.map(\.text) == ["line1\nline2", "say \"hi\", ok"])
    }

    @Test func `many columns are read, and a doubled name among them is told`() async throws {
        let names = (0..<70_000).map { "c\($0)" }
        let cells = String(repeating: ",v", count: names.count)
        let header = "text," + names.joined(separator: ",")
        let result = try await ingest.run(
            "\(header)\na\(cells)\n", as: "r.csv", source: "metadata: [c69999]")
        #expect(result.kept.map(\.metadata) == [Array(#"{"c69999":"v"}"#.utf8)])
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run("\(header),c3\na\(cells),v\n", as: "d.csv")
        }
        #expect(fault?.kind == .configuration && fault?.what.contains("`c3`") == true)
    }

    @Test func `any bytes of a table are rows or refusals of its width, for many seeds`()
        async throws
    {
        let pieces = [
            "a", ",", "\"", "\n", "\r\n", "\"\"", "\t", " ", "\",\"", "x,y,z\n", "\0", "é",
        ]
        for seed in 0..<12 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "table")
            var bytes = Array("text,a,b\n".utf8)
            for _ in 0..<400 { bytes += Array((draws.pick(pieces) ?? "").utf8) }
            if draws.chance(0.5) { bytes += [0xFF, 0xC3, 0x28] }
            for name in ["t.csv", "t.tsv"] {
                var data = Data(bytes)
                if name == "t.tsv" { data = Data(bytes.map { $0 == 44 ? 9 : $0 }) }
                let result = try await ingest.run(data, as: name, out: "\(name)-\(seed)")
                let counts = result.manifest.counts
                #expect(counts.kept + counts.refused == counts.input && counts.input > 0)
                for record in result.kept {
                    let metadata = try JSONSerialization.jsonObject(with: Data(record.metadata))
                    #expect(Set((metadata as? [String: String] ?? [:]).keys) == ["a", "b"])
                }
            }
        }
    }

    @Test func `TSV whose rows need quotes is read with them, and that is said`() async throws {
        let text = "id\ttext\tlabel\n1\t\"two\nlines\"\tham\n2\t\"a \"\"b\"\"\"\tham\n3\tc\tspam\n"
        let result = try await ingest.run(text, as: "r.tsv")
        #expect(result.kept.map(\.text) == ["two\nlines", "a \"b\"", "c"])
        #expect(result.manifest.notes.count == 1)
        #expect(result.manifest.notes[0].hasPrefix("quotes round the fields of 1 TSV file were"))
        let plain = try await ingest.run(text, as: "r.tsv", source: "quote: none")
        #expect(plain.kept.map(\.text) == ["\"a \"\"b\"\"\"", "c"])
    }

    @Test func `fields that are named of a file of plain lines are a fault`() async throws {
        let text = "id\ttext\tlabel\n1\ta\tham\n"
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(text, as: "r.txt", source: "text: text, label: label")
        }
        #expect(fault?.kind == .configuration)
        #expect(fault?.what.contains("names a field of plain lines") == true, "\(fault as Any)")
        let read = try await ingest.run(text, as: "r.txt", source: "text: text, format: tsv")
        #expect(read.kept.map(\.text) == ["a"])
        #expect(try await ingest.run("one\ntwo\n", as: "p.txt").kept.count == 2)
    }

    @Test func `characters that were taken out of texts are said`() async throws {
        let text = "{\"id\":\"1\",\"text\":\"a\\r\\nb\\u0000\"}\n"
        let result = try await ingest.run(text)
        #expect(result.kept.map(\.text) == ["a\nb"])
        #expect(result.manifest.notes.contains { $0.hasPrefix("2 control characters (") })
    }

    @Test func `TSV with fields in quotes is told, unless a setting says what they are`()
        async throws
    {
        let text = "id\ttext\tlabel\n1\t\"quoted text\"\tham\n2\tplain\tham\n3\t\"lone\tham\n"
        let result = try await ingest.run(text, as: "r.tsv")
        #expect(
            result.manifest.notes.contains {
                $0.hasPrefix("1 row of TSV with a field in quotes") && $0.contains("`quote: '\"'`")
            }, "\(result.manifest.notes)")
        for quote in ["none", "'\"'"] {
            let asked = try await ingest.run(text, as: "r.tsv", source: "quote: \(quote)")
            #expect(!asked.manifest.notes.contains { $0.contains("of TSV") })
        }
        let header = await #expect(throws: Fault.self) {
            _ = try await ingest.run("\"id\"\t\"text\"\n\"1\"\t\"x\"\n", as: "h.tsv")
        }
        #expect(header?.hint?.contains("`quote: '\"'`") == true)
    }

    @Test(arguments: [";", "|", "\t", ","], ["sep=", "SEP=", "\"sep="])
    func `a first line sep= names the delimiter`(delimiter: String, name: String) async throws {
        let line = name + delimiter + (name.hasPrefix("\"") ? "\"" : "")
        for end in ["\n", "\r\n", "\r"] {
            let rows = [["id", "text", "note"], ["1", "a.b", "x"], ["2", "c:d", "y"]]
            let text = ([line] + rows.map { $0.joined(separator: delimiter) })
                .joined(separator: end)
            let result = try await ingest.run(text, as: "r.csv")
            #expect(result.kept.map(\.text) == ["a.b", "c:d"], "\(text)")
            let lines = (result.notes["ingest"] as? [[String: Any]])?.map { $0["line"] as? Int }
            #expect(lines == [3, 4])
        }
    }

    @Test func `columns names those of a file without a header`() async throws {
        let text = "1,see you at noon,ham\n2,\"win, now\",spam\n3,x\n"
        let settings = "columns: [id, text, label]"
        let result = try await ingest.run(text, as: "r.csv", source: settings)
        #expect(result.kept.map(\.id) == ["1", "2"])
        #expect(result.kept.map(\.text) == ["see you at noon", "win, now"])
        #expect(result.kept.flatMap(\.labels.positives) == ["ham", "spam"])
        #expect(Ingesting.reasons(result) == ["r:3": "ragged_row"])
        let header = try await ingest.run(
            "id,text,label\n" + text, as: "h.csv", source: settings)
        #expect(header.kept.count == 2)
        #expect(Ingesting.reasons(header)["h:1"] == "repeated_header")
        let first = try await ingest.run("1\tx\n", as: "r.tsv", source: "columns: [n, text]")
        #expect(first.kept.map(\.metadata) == [Array(#"{"n":"1"}"#.utf8)])
        for wrong in ["columns: [id, id, text]", "columns: [id, body]"] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(text, as: "w.csv", source: wrong)
            }
            #expect(fault?.kind == .configuration)
        }
    }

    @Test(arguments: [
        "1,see you at noon,ham", "1,see you,this has text", "a,https://example.org/a,ham",
        "0,0,ham",
        "a,this first line has more words than the name of a column ever has,ham",
    ])
    func `a first line that looks like a row is told without its texts`(line: String)
        async throws
    {
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run("\(line)\nb,c,ham\n", as: "r.csv")
        }
        #expect(fault?.kind == .configuration)
        #expect(fault?.hint?.contains("`columns: [id, text, label]`") == true)
        #expect("\(fault as Any)".contains("see you") == false)
        #expect("\(fault as Any)".contains("has text") == false)
        #expect("\(fault as Any)".contains("example.org") == false)
    }
}
