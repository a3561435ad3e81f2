internal import Pipeline
internal import Records
internal import StageKit

/// The sections about rows: where they went, and what they are.
extension ReportPage {
    var flow: HTMLNode? {
        if data.stages.isEmpty { return nil }
        let totals = data.totals
        let law =
            "\(NumberFormat.number(totals.read)) read + \(NumberFormat.number(totals.added)) "
            + "added = "
            + "\(NumberFormat.number(totals.kept)) kept + \(NumberFormat.number(totals.refused)) "
            + "refused"
        let holds = totals.read + totals.added == totals.kept + totals.refused
        let mark = HTMLNode.of(
            "span", ["class": holds ? "mark good" : "mark bad"],
            holds ? "nothing was lost" : "does not add up")
        let table = Self.table(
            ["Stage", "In", "Added", "Kept", "Refused", "Why"], numeric: [1, 2, 3, 4],
            data.stages.map { stage in
                let counts = stage.counts
                return [
                    Self.key(stage.stage), Self.number(counts.input), Self.number(counts.added),
                    Self.number(counts.kept), Self.number(counts.refused),
                    Self.words(
                        counts.refusedByReason.ranked.map {
                            Self.chip("\($0.name) \(NumberFormat.number($0.rows))")
                        }),
                ]
            })
        return Self.section(
            "The rows' way through the pipeline",
            [
                Self.legend([
                    ("in", "came in"), ("added", "added"), ("kept", "kept"),
                    ("refused", "refused"),
                ]), SankeyDiagram.wide.draw(data.stages), SankeyDiagram.narrow.draw(data.stages),
                .of("p", ["class": "law"], [.of("b", [:], law), .text(" "), mark]), table,
            ])
    }

    var rows: HTMLNode? {
        let composition = data.composition
        let places = data.places
        let positives = data.categories.map { composition.positives[$0] ?? .init() }
        let most = positives.map(\.total).max() ?? 0
        let byCategory = zip(data.categories, positives).map { category, counts in
            let negatives = composition.negatives[category]?.total ?? 0
            return [Self.key(category)] + places.map { Self.number(counts[$0]) } + [
                Self.number(counts.total), Self.number(negatives),
                Self.number(composition.rows.total - counts.total - negatives),
                HTMLNode.of("td", [:], [bar(counts, most: most)]),
            ]
        }
        let heads = places.map(\.name)
        let numbers = Set(1...(places.count + 3))
        let mostRows = composition.sources.values.map(\.total).max() ?? 0
        let bySource = composition.sources.keys.sorted().map { source in
            let counts = composition.sources[source] ?? .init()
            return [Self.key(source)] + places.map { Self.number(counts[$0]) } + [
                Self.number(counts.total), HTMLNode.of("td", [:], [bar(counts, most: mostRows)]),
            ]
        }
        return Self.section(
            "Rows by category, split and source",
            [
                Self.legend(places.map { (Self.style(of: $0), $0.name) }),
                .of("h3", [:], "Rows that have the category"),
                Self.table(
                    ["Category"] + heads + ["All", "Without", "Unknown", ""], numeric: numbers,
                    byCategory),
                .of("h3", [:], "Rows by where they come from"),
                Self.table(
                    ["Source"] + heads + ["All", ""], numeric: Set(1...(places.count + 1)),
                    bySource),
            ])
    }

    private func bar(_ counts: Composition.Counts, most: Int) -> HTMLNode {
        Charts.stackedBar(
            data.places.map { (counts[$0], Self.style(of: $0), $0.name) }, most: most)
    }

    private static func style(of place: Composition.Place) -> String {
        place == .none ? "none" : place.name
    }

    var distances: HTMLNode? {
        if data.distances.isEmpty { return nil }
        return Self.section(
            "Distances from the centroids",
            [
                .of(
                    "p", ["class": "lead"],
                    "Cosine distance of each row from its category's centroid, or its margin to "
                        + "the nearest other one where rows were judged by that; the dashed line "
                        + "is the first outlier's."),
                .of("div", ["class": "grid-of-charts"], data.distances.map(Charts.histogram)),
            ])
    }

    var quality: HTMLNode? {
        let composition = data.composition
        var rows: [[HTMLNode]] = []
        func add(_ use: String, _ name: String) {
            guard data.stages.contains(where: { $0.use == use }) else { return }
            let reasons = data.refusals(of: use)
            rows.append([
                Self.key(name), Self.number(reasons.reduce(0) { $0 + $1.rows }),
                Self.words(
                    reasons.map { Self.chip("\($0.name) \(NumberFormat.number($0.rows))") }),
            ])
        }
        add("dedupe", "Duplicates refused")
        if data.stages.contains(where: { $0.use == "dedupe" }) {
            rows.append([
                Self.key("Copies with other labels"), Self.number(composition.conflicts),
                Self.words("Rows that were kept and have a near copy labelled otherwise."),
            ])
        }
        add("mislabels", "Mislabels refused")
        if data.stages.contains(where: { $0.use == "mislabels" }) {
            rows.append([
                Self.key("Suspicious labels kept"), Self.number(composition.suspicious),
                Self.words(
                    composition.suspiciousByCategory.ranked.map {
                        Self.chip("\($0.name) \(NumberFormat.number($0.rows))")
                    }),
            ])
        }
        if rows.isEmpty { return nil }
        return Self.section(
            "Duplicates and labels", [Self.table(["", "Rows", "Which"], numeric: [1], rows)])
    }
}
