import Foundation
import Pipeline
import Records
import Testing

/// Labels in columns of their own, and labels that mean several categories or none.
struct LabelColumnTests {
    let ingest: Ingesting

    init() throws { ingest = try Ingesting() }

    private func labels(_ result: StageHarness.Result) -> [String] {
        result.kept.map { record in
            record.labels.known.map { "\($0.category)=\($0.value ? 1 : 0)" }
                .joined(separator: " ")
        }
    }

    @Test func `columns of 0 and 1 are labels, in tables and in JSON`() async throws {
        let table = """
            id,text,spam,scam,votes
            1,a,1,0,3
            2,b,true,False,4
            3,c,,1.0,5
            4,d,0,nan,6
            5,e,no,Yes,7
            6,f,,,8
            7,g,2,0,9

            """
        let lines = """
            {"id":1,"text":"a","spam":1,"scam":0,"votes":3}
            {"id":2,"text":"b","spam":true,"scam":false,"votes":4}
            {"id":3,"text":"c","spam":null,"scam":1.0,"votes":5}
            {"id":4,"text":"d","spam":"0","scam":"nan","votes":6}
            {"id":5,"text":"e","spam":"no","scam":"Yes","votes":7}
            {"id":6,"text":"f","votes":8}
            {"id":7,"text":"g","spam":2,"scam":0,"votes":9}

            """
        for (name, text) in [("a.csv", table), ("a.jsonl", lines)] {
            let result = try await ingest.run(
                text, as: name, source: "labels: {columns: [spam, scam]}")
            #expect(
                labels(result) == [
                    "scam=0 spam=1", "scam=0 spam=1", "scam=1", "spam=0", "scam=1 spam=0", "",
                ])
            #expect(result.refused["7"]?.reason == "bad_label")
            let metadata = String(decoding: result.kept[0].metadata, as: UTF8.self)
            #expect(metadata.contains("votes") && !metadata.contains("spam"))
            #expect(result.kept[0].provenance.labelledBy == "source")
            #expect(result.kept[5].provenance.labelledBy == nil)
        }
    }

    @Test func `columns go through map and the taxonomy`() async throws {
        let result = try await ingest.run(
            "id,text,IsSpam,scam\n1,a,0,1\n2,b,1,0\n3,c,,\n", as: "a.csv",
            source: "labels: {columns: [IsSpam, scam]}, map: {IsSpam: spam}", head: twoCategories)
        #expect(labels(result) == ["scam=1 spam=1", "scam=0 spam=1", ""])
        let note = result.notes["ingest"]?.first as? [String: Any]
        #expect(note?["given"] as? [String: Int] == ["spam": 0])
        let unknown = try await ingest.run(
            "id,text,spma,scam\n1,a,0,1\n", as: "b.csv", source: "labels: {columns: [spma, scam]}",
            head: twoCategories)
        #expect(unknown.refused["1"]?.reason == "unknown_label")
    }

    @Test func `several columns may hold names of labels`() async throws {
        let table = "id,text,label,label2,label3\n1,a,spam,scam,\n2,b,spam,,\n3,c,,NA,\n4,d,,,5\n"
        let lines = """
            {"id":1,"text":"a","label":"spam","label2":"scam","label3":null}
            {"id":2,"text":"b","label":"spam"}
            {"id":3,"text":"c","label2":"NA"}
            {"id":4,"text":"d","label3":5}

            """
        for (name, text) in [("a.csv", table), ("a.jsonl", lines)] {
            let result = try await ingest.run(
                text, as: name, source: "labels: {columns: [label, label2, label3]}")
            #expect(labels(result) == ["scam=1 spam=1", "spam=1", ""])
            #expect(result.refused["4"]?.reason == "bad_label")
            let mapped = try await ingest.run(
                text, as: name,
                source: "labels: {columns: [label, label2, label3]}, map: {5: five}")
            #expect(labels(mapped).last == "five=1")
        }
    }

    @Test func `columns that are not there are told together, with the nearest`() async throws {
        for (name, text) in [
            ("a.csv", "id,text,spam,scam\n1,a,0,1\n"),
            ("a.jsonl", "{\"id\":1,\"text\":\"a\",\"spam\":0,\"scam\":1}\n"),
        ] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(
                    text, as: name, source: "labels: {columns: [spam, scan, toxic]}")
            }
            #expect(fault?.kind == .configuration)
            #expect(fault?.all.count == 2)
            #expect(fault?.all.first?.what.contains("`scan`") == true)
            #expect(fault?.all.first?.hint == "did you mean `scam`?")
        }
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(
                "text\nx\n", as: "a.csv",
                source: "labels: {columns: [a, a], colums: [b]}, map: {x: , y: []}")
        }
        let words = fault?.all.map(\.what) ?? []
        #expect(words.contains("`columns` names `a` twice"))
        #expect(words.contains { $0.contains("unknown setting `colums`") })
        #expect(words.contains("`map.x` names no category"))
        #expect(words.contains { $0.hasPrefix("`map.y` is `[]`") })
    }

    @Test func `labels may mean several categories or none`() async throws {
        let rows = """
            {"id":1,"text":"a","label":"hate"}
            {"id":2,"text":"b","label":"both"}
            {"id":3,"text":"c","label":"neither"}
            {"id":4,"text":"d","label":"other"}
            {"id":5,"text":"e","labels":{"both":0,"hate":1}}
            {"id":6,"text":"f","labels":["neither","hate"]}

            """
        let map = "map: {hate: hateful, both: [hateful, rude], neither: []}"
        let open = try await ingest.run(rows, source: map)
        #expect(
            labels(open) == [
                "hateful=1", "hateful=1 rude=1", "hateful=0 rude=0", "other=1", "hateful=1",
                "hateful=1 rude=0",
            ])
        let taxonomy = "taxonomy: {name: t, categories: [{id: hateful}, {id: rude}, {id: spam}]}"
        let closed = try await ingest.run(
            rows, source: "map: {hate: hateful, both: [hateful, rude], neither: [], other: spam}",
            head: taxonomy)
        #expect(labels(closed)[2] == "hateful=0 rude=0 spam=0")
        let only = try await ingest.run(
            "text,label\na,spam\nb,neither\n", as: "b.csv", source: "map: {neither: []}",
            head: taxonomy)
        #expect(labels(only) == ["spam=1", "hateful=0 rude=0 spam=0"])
        let fault = await #expect(throws: Fault.self) {
            _ = try await ingest.run(
                rows, source: "map: {hate: a, both: [a, b], neither: [c]}", head: threeClasses)
        }
        let words = fault?.all.map(\.what) ?? []
        #expect(words.contains { $0.hasPrefix("`map.both` names several categories") })
        #expect(words.contains { $0.contains("`c`, which the taxonomy does not have") })
    }

    @Test func `a source of one-hot columns is refused with the setting that reads them`()
        async throws
    {
        let table = "id,text,toxic,threat,mild spam,length\n1,a,0,1,0,5\n2,b,1,0,,6\n3,c,0,0,1,7\n"
        let lines = """
            {"id":1,"text":"a","toxic":0,"threat":true,"mild spam":null,"length":5}
            {"id":2,"text":"b","toxic":1,"threat":false,"length":1}
            {"id":3,"text":"c","toxic":0,"threat":false,"mild spam":1,"length":0}

            """
        for (name, text) in [("a.csv", table), ("a.jsonl", lines)] {
            let fault = await #expect(throws: Fault.self) {
                _ = try await ingest.run(text, as: name)
            }
            #expect(fault?.kind == .configuration)
            let why = fault?.why ?? ""
            #expect(why.contains("`toxic`, `threat`, `mild spam`") && !why.contains("length"))
            let hint = fault?.hint ?? ""
            #expect(hint.contains("`labels: {columns: [toxic, threat, 'mild spam']}`"))
            // The setting as the message has it.
            let setting = hint.split(separator: "`").first.map(String.init) ?? ""
            let read = try await ingest.run(text, as: name, source: setting)
            #expect(read.kept.count { !$0.labels.isEmpty } == 3)
            let none = try await ingest.run(text, as: name, source: "labels: {columns: []}")
            #expect(none.kept.allSatisfy { $0.labels.isEmpty })
        }
    }

    @Test func `flags beside a field of labels, and single ones, are no labels`() async throws {
        for text in [
            "text,label,new,seen\na,x,0,1\nb,y,1,0\nc,x,0,0\n",
            "text,verified\na,0\nb,1\nc,0\n", "text,a,b\nx,0,0\ny,0,0\nz,0,0\n",
            "text,a,b\nx,0,7\ny,1,0\nz,0,1\n",
        ] {
            let result = try await ingest.run(text, as: "a.csv")
            #expect(result.kept.count == 3)
        }
    }
}
