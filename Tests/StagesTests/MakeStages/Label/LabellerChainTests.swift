import Foundation
import Pipeline
import Records
import Testing

@testable import MakeStages

/// Writes vectors that tell spam from the rest, and the notes of a later stage.
private struct Sidecars: Stage {
    static let description = StageDescription(
        name: "vectors", version: 1, role: .annotator, summary: "Vectors.", method: "Looks.",
        cost: "None.", writes: Sidecar.embeddings)

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.mapLocally("vectors", initial: NoSummary()) { _ in
            BlockTask { block in
                let vectors = block.rows.flatMap { row -> [Float] in
                    let isSpam = row.record.text.hasPrefix("f4f")
                    return [isSpam ? 1 : -1, Float(row.index % 5) / 10]
                }
                return (BlockResult(block.rows.map { _ in .keep }, vectors: vectors), NoSummary())
            }
        }
    }
}

/// What `mislabels` writes: every second row goes back.
private struct Flags: Stage {
    static let description = StageDescription(
        name: "mislabels", version: 1, role: .annotator, summary: "Flags.", method: "Counts.",
        cost: "None.", writes: "mislabels")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("flag") { _ in
            { row in Outcome(.keep, note: Array("{\"relabel\":\(row.index % 2 == 0)}".utf8)) }
        }
    }
}

/// A labeller that does what an endpoint may do, by the text it is given.
private struct Moody: Labeller {
    let name: String
    let isRemote = true

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        switch row.record.text {
        case "decline": return .refused
        case "down": throw Fault(.unavailable, "nobody answers")
        case "stop": throw Fault(.stopped, "the budget is used up")
        default:
            return .answer(LabelAnswer(labels: ["spam": true, "threats": false], confidence: 1))
        }
    }
}

private struct Steady: Labeller {
    let name = "steady"
    let isRemote = false

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        .answer(LabelAnswer(labels: ["spam": false, "threats": true], confidence: 0.5))
    }
}

/// The chain of the label stage with these two.
private struct Chain: Stage {
    static let description = StageDescription(
        name: "chain", version: 1, role: .annotator, summary: "Labels.", method: "Chain.",
        cost: "None.", writes: "label", refusals: LabelStage.description.refusals)
    let space: LabelSpace
    let falls: Bool

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        falls = settings.flag("falls", true, help: "Whether there is a second one.")
        space = LabelSpace(taxonomy: setup.taxonomy ?? Taxonomy(name: "t", categories: []))
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        let chain: [any Labeller] = [Moody(name: "moody")] + (falls ? [Steady()] : [])
        let run = LabelRun(
            space: space, chain: chain, attributes: [], rows: .unlabelled, overwrites: false,
            requires: false, writesModeration: false, limit: 4, mostCharacters: 100)
        let tally = graph.mapLocally("label", initial: LabelTally(labellers: chain.count)) {
            context in
            BlockTask { block throws(Fault) in
                let (outcomes, tally) = try await run.outcomes(block.rows, context)
                return (BlockResult(outcomes), tally)
            }
        }
        graph.finish(tally) { output, tally in
            LabelReport(output, tally, mostFailed: 1).write(
                chain.map { ($0.name, $0.isRemote, nil) })
        }
    }
}

struct LabellerChainTests {
    private let head = """
        taxonomy:
          name: moderation-18
          categories: [{id: spam}, {id: threats}]
        """

    @Test func `a refusal is a sign, counted by the category that the next labeller finds`()
        async throws
    {
        let records = ["fine", "decline", "down", "decline", String(repeating: "x", count: 101)]
            .enumerated().map {
                Record(id: "r\($0.offset)", text: $0.element)
            }
        let run = try await StageHarness(records).run("- chain", head: head, more: [Chain.self])
        let by = try run.last.kept.map(\.provenance.labelledBy)
        #expect(by == ["moody", "steady", "steady", "steady", "steady"])
        #expect(try counter("passed.moody.too_long", run) == 1)
        #expect(try counter("label_signal.threats", run) == 2)
        #expect(try counter("passed.moody.failed", run) == 1)
        #expect(try counter("refusals", run) == 2)
    }

    @Test func `without a fall-back a refused row stays unlabelled, and an outage ends the run`()
        async throws
    {
        let records = ["fine", "decline"].map { Record(id: $0, text: $0) }
        let run = try await StageHarness(records).run(
            "- {use: chain, falls: false}", head: head, more: [Chain.self])
        #expect(try run.last.kept[1].labels.isEmpty)
        #expect(try counter("label_signal.unknown", run) == 1)
        for (text, falls, kind) in [
            ("down", "false", Fault.Kind.unavailable), ("stop", "true", .stopped),
        ] {
            let harness = try StageHarness([Record(id: "a", text: text)])
            await #expect {
                _ = try await harness.run(
                    "- {use: chain, falls: \(falls)}", head: head, more: [Chain.self])
            } throws: {
                ($0 as? Fault)?.kind == kind
            }
        }
    }

    @Test func `the linear labeller answers where it is sure, from labelled rows alone`()
        async throws
    {
        let records = (0..<60).map { number in
            Record(
                id: "r\(number)", text: (number % 2 == 0 ? "f4f" : "hello") + " \(number)",
                labels: number < 40 ? Labels(["spam": number % 2 == 0]) : Labels())
        }
        let kept = try await StageHarness(records).checkShardCuts(
            "- vectors\n- {use: label, labellers: [{use: linear, precision: 0.8}]}",
            head: head, more: [Sidecars.self]
        ).kept
        #expect(kept[..<40] == records[..<40])
        for record in kept[40...] {
            #expect(record.labels == Labels(["spam": record.text.hasPrefix("f4f")]))
            #expect(record.provenance.labelledBy == "linear")
        }
    }

    @Test func `the linear labeller passes when nothing can be learnt`() async throws {
        for labels in [Labels(), Labels(["spam": true])] {
            let records = [
                Record(id: "a", text: "f4f", labels: labels), Record(id: "b", text: "f4f"),
            ]
            let run = try await StageHarness(records).run(
                "- vectors\n- {use: label, labellers: [{use: linear}]}", head: head,
                more: [Sidecars.self])
            #expect(try run.last.kept[1].labels.isEmpty)
        }
    }

    @Test func `rows that are sent back are labelled anew, the others stay`() async throws {
        let records = (0..<6).map {
            Record(id: "r\($0)", text: "f4f", labels: Labels(["spam": false]))
        }
        let run = try await StageHarness(records).run(
            "- mislabels\n"
                + "- {use: label, only: flagged, overwrite: true, labellers: [{use: lexicon}]}",
            head: head, more: [Flags.self])
        let spam = try run.last.kept.map { $0.labels["spam"] }
        #expect(spam == [true, false, true, false, true, false])
        let harness = try StageHarness(records)
        await #expect {
            _ = try await harness.run(
                "- {use: label, only: flagged, overwrite: true, labellers: [{use: lexicon}]}",
                head: head)
        } throws: {
            "\($0)".contains("needs `mislabels`")
        }
    }
}
