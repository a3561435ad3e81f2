import Foundation
import Pipeline
import Records
import Stages
import Testing

@testable import Commands
@testable import program_with_test_stages

/// `curate label-in`, from the picks of a run to those of the next.
@Suite struct LabelInTests {
    /// A command line with the stages of the tests and all others.
    private static func run(_ arguments: String..., in folder: TestFolder) async -> Said {
        let (out, err) = (Box(), Box())
        let program = Program(
            catalogue: Catalogue(testCatalogue.stages + Stages.catalogue.stages),
            console: Console(out: out.append, err: err.append))
        let code = await program.run(
            ["curate"] + arguments + ["-o", "\(folder.path)/out"])
        return Said(
            code: code, out: out.text.replacing(folder.path, with: "FOLDER"),
            err: err.text.replacing(folder.path, with: "FOLDER"))
    }

    /// 12 labelled rows, 20 unlabelled ones, and a pipeline that picks 4 a round.
    private static func pipeline(
        _ folder: TestFolder, labels: String = ", labels: labels.jsonl"
    ) throws -> String {
        let rows = (0..<32).map { index in
            let label = index < 12 ? "\"spam\":\(index % 2)" : ""
            return #"{"id":"r\#(index)","text":"text \#(index)","labels":{\#(label)},"#
                + #""provenance":{},"metadata":{}}"#
        }
        try folder.write(rows.joined(separator: "\n"), to: "rows.jsonl")
        return try folder.write(
            """
            name: rounds
            sources: [{path: rows.jsonl}]
            stages:
              - read
              - vectorise
              - {use: select, budget: 4, mixture: {random: 1, highest: 1}\(labels)}
            """, to: "rounds.yaml")
    }

    private static func picks(_ folder: TestFolder) throws -> [String] {
        let text = try String(
            contentsOfFile: "\(folder.path)/out/rounds/03-select/picks.jsonl", encoding: .utf8)
        return try text.split(separator: "\n").compactMap {
            try JSONReader.read(Array($0.utf8))["id"]?.string
        }
    }

    @Test func `one command a round: labels in, run, other picks`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        #expect(await Self.run("run", file, in: folder).code == 0)
        let first = try Self.picks(folder)
        #expect(first.count == 4)
        let rows = first.enumerated().map {
            #"{"id":"\#($1)","labels":{"spam":\#($0 % 2)}}"#
        }
        let labels = try folder.write(rows.joined(separator: "\n"), to: "in.jsonl")
        let said = await Self.run("label-in", labels, "--pipeline", file, in: folder)
        #expect(said.code == 0 && said.err == "")
        let lines = said.out.split(separator: "\n").map(String.init)
        #expect(
            lines.first
                == "FOLDER/labels.jsonl: labels of 4 rows: 4 new, 0 changed, 0 as they were")
        #expect(lines.count { $0.hasPrefix("    1  ") } == 2)
        #expect(lines.last == "`curate run FOLDER/rounds.yaml` makes round 2")
        let again = await Self.run("label-in", labels, "--pipeline", file, in: folder)
        #expect(again.out.hasPrefix("FOLDER/labels.jsonl: labels of 4 rows: 0 new, 0 changed, 4 "))
        let run = await Self.run("run", file, in: folder)
        #expect(run.code == 0)
        #expect(run.err.contains("vectorise: reused"))
        #expect(!run.err.contains("select: reused"))
        #expect(try Set(Self.picks(folder)).isDisjoint(with: first))
    }

    @Test func `rows that no round picked end with exit code 1, as JSON too`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        _ = await Self.run("run", file, in: folder)
        let pick = try Self.picks(folder)[0]
        let labels = try folder.write(
            """
            {"id":"nobody","category":"spam","value":1}
            {"id":"\(pick)","category":"spam","value":1}
            """, to: "in.jsonl")
        let said = await Self.run("label-in", labels, "--pipeline", file, "--json", in: folder)
        #expect(said.code == 1)
        let object = try JSONReader.read(Array(said.out.utf8))
        #expect(object["new"]?.integer == 1 && object["next_round"]?.integer == 2)
        #expect(object["exit"]?.integer == 1)
        let refused = object["refused"]?.array ?? []
        #expect(refused.map { $0["id"]?.string } == ["nobody"])
        #expect(refused.map { $0["line"]?.integer } == [1])
        let words = await Self.run("label-in", labels, "--pipeline", file, in: folder)
        #expect(
            words.out.contains("refused: 1 row that no round picked\n  FOLDER/in.jsonl:1: `nobody`")
        )
    }

    @Test func `what is wrong is said with the next step`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        let labels = try folder.write(#"{"id":"r1","category":"spam"}"#, to: "in.jsonl")
        let early = await Self.run("label-in", labels, "--pipeline", file, in: folder)
        #expect(early.code == 64)
        #expect(early.err.contains("`select` has picked no rows yet"))
        _ = await Self.run("run", file, in: folder)
        let torn = await Self.run("label-in", labels, "--pipeline", file, in: folder)
        #expect(torn.code == 65)
        #expect(torn.err.contains("FOLDER/in.jsonl:1: a line has no label"))
        let zeros = await Self.run(
            "label-in", labels, "--pipeline", file, "--unlisted", "zero", in: folder)
        #expect(zeros.code == 78)
        let other = await Self.run(
            "label-in", labels, "--pipeline", file, "--stage", "selct", in: folder)
        #expect(other.code == 64 && other.err.contains("select"))
        let unnamed = try Self.pipeline(folder, labels: "")
        _ = await Self.run("run", unnamed, in: folder)
        let none = await Self.run("label-in", labels, "--pipeline", unnamed, in: folder)
        #expect(none.code == 78)
        #expect(none.err.contains("give the stage `labels: labels.jsonl`"))
    }
}
