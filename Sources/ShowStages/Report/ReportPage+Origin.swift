internal import Pipeline
internal import StageKit

/// The sections about how the rows were made.
extension ReportPage {
    /// How many lines a list of names shows before it is cut.
    private static let longest = 50

    var origin: HTMLNode? {
        let composition = data.composition
        var content: [HTMLNode] = []
        if let words = data.embedding?.words {
            content.append(.of("p", [:], "Vectors: \(words)."))
        }
        let models = composition.models.keys.sorted().flatMap { source in
            (composition.models[source] ?? [:]).ranked.map { model in
                [Self.key(model.name), Self.words(source), Self.number(model.rows)]
            }
        }
        if !models.isEmpty {
            content.append(.of("h3", [:], "Models"))
            content.append(
                Self.table(["Model", "Source", "Rows"], numeric: [2], Self.cut(models)))
        }
        for (title, counts) in [
            ("Templates", composition.templates), ("Labelled by", composition.labelledBy),
            ("Languages", composition.allLanguages),
        ] where !counts.isEmpty {
            content.append(.of("h3", [:], title))
            let rows = counts.ranked.map { [Self.key($0.name), Self.number($0.rows)] }
            content.append(Self.table(["Name", "Rows"], numeric: [1], Self.cut(rows)))
            if rows.count > Self.longest {
                content.append(.of("p", [:], "… and \(rows.count - Self.longest) more."))
            }
        }
        return content.isEmpty ? nil : Self.section("Who wrote and labelled the rows", content)
    }

    private static func cut(_ rows: [[HTMLNode]]) -> [[HTMLNode]] { Array(rows.prefix(longest)) }

    var stages: HTMLNode? {
        if data.stages.isEmpty { return nil }
        let rows = data.stages.enumerated().map { index, stage -> [HTMLNode] in
            let settings = stage.settings.sorted { $0.key < $1.key }
                .map {
                    HTMLNode.of("span", ["class": "chip"], "\($0.key): \(SVG.short($0.value, 80))")
                }
            let gates = stage.gates.map { gate -> HTMLNode in
                .of(
                    "p", [:],
                    [
                        .of(
                            "span", ["class": gate.passed ? "mark good" : "mark bad"],
                            gate.passed ? "passed" : "failed"), .text(" \(gate.name): "),
                    ] + HTMLNode.prose(gate.detail))
            }
            return [
                .of("td", ["class": "n"], "\(index + 1)"), Self.key(stage.stage),
                Self.words(
                    stage.notes.map { .of("p", [:], HTMLNode.prose($0)) } + gates
                        + [.of("p", [:], settings)]),
            ]
        }
        return Self.section(
            "Stages, what they noted and their settings",
            [Self.table(["", "Stage", "Notes and settings"], numeric: [0], rows)])
    }
}
