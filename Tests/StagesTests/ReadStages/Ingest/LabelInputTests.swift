import Foundation
import Pipeline
import Records
import Testing

/// Labels that are missing, misspelt or numbers, and what is said of them.
struct LabelInputTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    private func said(_ result: StageHarness.Result, _ beginning: String) -> String? {
        result.manifest.notes.first { $0.hasPrefix(beginning) }
    }

    @Test(arguments: [
        ("Label", "Label"), ("labels_", "labels_"), ("category", "category"), ("class", "class"),
        ("target", "target"), ("Sentiment", "Sentiment"), ("toxicity_label", "toxicity_label"),
        ("finalClass", "finalClass"), ("lable", "lable"), ("price", nil),
    ])
    func `a file without a label says so, and which field may be meant`(
        column: String, near: String?
    ) async throws {
        let files = [
            ("a.csv", "id,text,\(column)\n1,x,spam\n2,y,ham\n"),
            ("a.jsonl", "{\"id\":1,\"text\":\"x\",\"\(column)\":\"spam\"}\n"),
        ]
        for (name, text) in files {
            let result = try await ingest.run(text, as: name)
            #expect(result.kept.allSatisfy { $0.labels.isEmpty })
            let note = try #require(said(result, "no label in any of the "))
            #expect(note.contains("`label` or `labels`"))
            #expect(note.contains("`label: \(near ?? "")") == (near != nil), "\(note)")
        }
        if let near {
            let read = try await ingest.run(
                files[0].1, as: "b.csv", source: "label: \(near)")
            #expect(read.kept.map(\.labels.positives) == [["spam"], ["ham"]])
            #expect(read.manifest.notes.isEmpty, "\(read.manifest.notes)")
        }
    }

    @Test(arguments: [
        ("tweet", "tweet"), ("Text", "Text"), ("comment_text", "comment_text"), ("txet", "txet"),
        ("body", "body"),
    ])
    func `a file without the default text names the likely field`(
        column: String, near: String
    ) async throws {
        for (name, text) in [
            ("a.csv", "id,\(column),label\n1,x,spam\n"),
            ("a.jsonl", "{\"id\":1,\"\(column)\":\"x\",\"label\":\"spam\"}\n"),
        ] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(text, as: name)
            }
            #expect(fault?.kind == .configuration)
            #expect(fault?.hint?.contains("did you mean `\(near)`?") == true, "\(fault as Any)")
        }
    }

    @Test func `ids of a field with another name are told`() async throws {
        let text = "tweet_id,text,label\n1,x,spam\n2,y,ham\n"
        let result = try await ingest.run(text, as: "a.csv")
        #expect(said(result, "the ids of `a` are derived")?.contains("`id: tweet_id`") == true)
        let named = try await ingest.run(text, as: "b.csv", source: "id: tweet_id")
        #expect(named.kept.map(\.id) == ["1", "2"] && named.manifest.notes.isEmpty)
        let others = try await ingest.run("user_id,text,label\n1,x,spam\n", as: "c.csv")
        #expect(others.manifest.notes.isEmpty)
    }

    @Test func `rows without a label are counted`() async throws {
        let result = try await ingest.run(
            "id,text,label\n1,x,spam\n2,y,\n3,z,\n4,,spam\n", as: "a.csv")
        #expect(said(result, "2 of 3 rows without any label") != nil)
        #expect(number("unlabelled_rows", result) == 2)
        let empty = try await ingest.run("id,text,label\n1,x,\n2,y,\n", as: "b.csv")
        #expect(
            said(empty, "no label in any of the 2 rows of `b`: `label` is empty in all") != nil)
        let plain = try await ingest.run("x\ny\n", as: "c.txt")
        #expect(said(plain, "2 of 2 rows without any label") != nil)
        let whole = try await ingest.run("id,text,label\n1,x,spam\n", as: "d.csv")
        #expect(whole.manifest.notes.isEmpty)
    }

    @Test(arguments: ["NULL", "nan", "NaN", "N/A", "null", "None", "-", "<NA>", "#N/A", " nan "])
    func `a missing value in place of a label is none, and is counted`(value: String)
        async throws
    {
        var line = JSONObject()
        line["text"] = .string("x")
        line["label"] = .string(value)
        var list = JSONObject()
        list["text"] = .string("x")
        list["labels"] = .strings([value, "spam"])
        for head in ["", twoCategories] {
            let table = try await ingest.run(
                "text,label\nx,\(value)\ny,spam\n", as: "a.csv", head: head)
            #expect(table.kept.map(\.labels.positives) == [[], ["spam"]])
            let name = value.trimmingCharacters(in: .whitespaces)
            #expect(
                said(table, "1 row with a missing value as label")?.contains("`\(name)` 1") == true)
            let json = try await ingest.run(
                Data(line.bytes + [10] + list.bytes), as: "a.jsonl", head: head)
            #expect(json.kept.map(\.labels.positives) == [[], ["spam"]])
        }
        let kept = try await ingest.run(
            "text,label\nx,\(value)\n", as: "b.csv", source: "na_values: []")
        #expect(
            kept.kept.flatMap(\.labels.positives)
                == [value.trimmingCharacters(in: .whitespaces)])
        #expect(kept.manifest.notes.isEmpty)
    }

    @Test func `a missing value that the taxonomy or map has is a label`() async throws {
        let text = "text,label\nx,None\ny,n/a\n"
        let taxonomy = try await ingest.run(
            text, as: "a.csv", head: "taxonomy: {name: t, categories: [{id: None}]}")
        #expect(taxonomy.kept.map(\.labels.positives) == [["None"], []])
        let map = try await ingest.run(text, as: "b.csv", source: "map: {n/a: other}")
        #expect(map.kept.map(\.labels.positives) == [[], ["other"]])
        let own = try await ingest.run(
            "text,label\nx,?\ny,NA\n", as: "c.csv", source: "na_values: ['?']")
        #expect(own.kept.map(\.labels.positives) == [[], ["NA"]])
    }

    @Test(arguments: [
        ("hatespeech", "hate_speech"), ("Hate Speech", "hate_speech"),
        ("HATE-SPEECH", "hate_speech"), ("spamm", "spam"), ("weather", nil),
    ])
    func `an unknown label names the nearest category`(label: String, near: String?) async throws {
        let head = "taxonomy: {name: t, categories: [{id: spam}, {id: hate_speech}]}"
        for (name, text) in [
            ("a.csv", "id,text,label\n1,x,\(label)\n2,y,spam\n"),
            (
                "a.jsonl",
                "{\"id\":\"1\",\"text\":\"x\",\"label\":\"\(label)\"}\n"
                    + "{\"id\":\"2\",\"text\":\"y\"}\n"
            ),
            ("b.jsonl", "{\"id\":\"1\",\"text\":\"x\",\"labels\":{\"\(label)\":1}}\n"),
        ] {
            let result = try await ingest.run(text, as: name, head: head)
            #expect(result.refused["1"]?.reason == "unknown_label")
            let line = String(decoding: try #require(result.content["refused"]), as: UTF8.self)
            let words = near.map { "did you mean `\($0)`?" } ?? "did you mean"
            #expect(line.contains(words) == (near != nil), "\(line)")
            let note = try #require(said(result, "1 row refused for a label"))
            #expect(note.contains("`\(label)` 1") && note.contains(words) == (near != nil))
        }
    }

    @Test func `a taxonomy that lacks a class fails the run, a slip does not`() async throws {
        let head = "taxonomy: {name: t, categories: [{id: spam}, {id: ham}]}"
        func rows(_ unknown: Int, of all: Int) -> String {
            (0..<all).map { number in
                let label = number < unknown ? "praise" : "ham"
                return #"{"id":"\#(number)","text":"t \#(number)","label":"\#(label)"}"# + "\n"
            }.joined()
        }
        for (unknown, all, settings, passes) in [
            (19, 40, "", true), (20, 40, "", false), (20, 400, "", true), (21, 400, "", false),
            (20, 40, "max_unknown_labels: 0.5", true),
        ] {
            let result = try await ingest.run(
                rows(unknown, of: all), settings: settings, head: head)
            let gate = result.manifest.gates.first { $0.name == "unknown_labels" }
            #expect((gate?.passed ?? true) == passes, "\(unknown) of \(all)")
            if let gate { #expect(gate.detail.contains("`praise` \(unknown)"), "\(gate.detail)") }
        }
    }

    @Test func `what is shown of labels is bounded`() async throws {
        let rows = (0..<1_500).map { number in
            "\(number),x,\(String(repeating: "long text ", count: 40))\(number)"
        }
        let result = try await ingest.run(
            "id,text,label\n" + rows.joined(separator: "\n"), as: "a.csv", head: twoCategories)
        #expect(result.refused.count == 1_500)
        let note = try #require(said(result, "1,500 rows refused for a label"))
        #expect(note.count < 500)
        let lines = String(decoding: try #require(result.content["refused"]), as: UTF8.self)
        #expect(lines.split(separator: "\n").allSatisfy { $0.count < 200 })
    }

    @Test func `numbers as labels are told with the setting that names them`() async throws {
        let json = try await ingest.run(
            "{\"text\":\"x\",\"label\":1}\n{\"text\":\"y\",\"label\":0}\n"
                + "{\"text\":\"z\",\"label\":1}\n"
        )
        let refused = try #require(said(json, "3 rows refused for a label that is a number"))
        #expect(refused.contains("`1` 2, `0` 1") && refused.contains("`map: {0: NAME, 1: NAME}`"))
        let table = try await ingest.run("text,label\nx,1\ny,0\n", as: "a.csv")
        #expect(table.kept.flatMap(\.labels.positives) == ["1", "0"])
        #expect(
            said(table, "the labels are numbers")?.contains("`map: {0: NAME, 1: NAME}`") == true)
        let named = try await ingest.run(
            "text,label\nx,1\ny,0\n", as: "b.csv", source: "map: {0: ham, 1: spam}")
        #expect(named.kept.flatMap(\.labels.positives) == ["spam", "ham"])
        #expect(named.manifest.notes.isEmpty)
    }

    @Test func `an empty list in a setting is not the same as none`() async throws {
        let text = "text,label,more\nx,None,y\n"
        let all = try await ingest.run(text, as: "a.csv")
        #expect(all.kept.map(\.metadata) == [Array(#"{"more":"y"}"#.utf8)])
        // In the same workspace, whose folders are taken over where nothing has changed.
        let none = try await ingest.run(text, as: "a.csv", source: "metadata: []")
        #expect(none.kept.map(\.metadata) == [Record.noMetadata])
        let labels = try await ingest.run(text, as: "a.csv", source: "na_values: []")
        #expect(labels.kept.flatMap(\.labels.positives) == ["None"])
    }
}
