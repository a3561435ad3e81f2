internal import Records
internal import StageKit

/// The section about rows that were picked for labelling.
extension ReportPage {
    var rounds: HTMLNode? {
        guard let found = data.rounds?.rounds, !found.isEmpty else { return nil }
        let isOfPicks = found.contains { $0.randomOf == "picks" }
        let rows = found.map { row -> [HTMLNode] in
            [
                Self.number(row.round), Self.key(row.pipeline), Self.key(row.category),
                Self.number(row.picked), Self.number(row.labelled), Self.number(row.positive),
                Self.share(row.share), Self.range(row.shareLow, row.shareHigh, times: 100),
                Self.share(row.randomShare), Self.number(row.timesRandom, 1),
                Self.range(row.timesLow, row.timesHigh, times: 1),
            ]
        }
        return Self.section(
            "Selection in rounds",
            [
                .of(
                    "p", ["class": "lead"],
                    "How many of the rows that were picked for labelling had the category that "
                        + "they were picked for, beside a random draw: "
                        + (isOfPicks
                            ? "the picks at random of all rounds."
                            : "the rows that no round picked.")),
                Self.table(
                    [
                        "Round", "Picked by", "Category", "Picked", "Labelled", "Positive", "Share",
                        "95 %", "Random", "Times", "95 %",
                    ], numeric: [0, 3, 4, 5, 6, 7, 8, 9, 10], rows),
            ])
    }

    /// An interval with one decimal; a dash for none.
    private static func range(_ low: Double?, _ high: Double?, times scale: Double) -> HTMLNode {
        guard let low, let high else { return .of("td", ["class": "n"], "–") }
        return .of(
            "td", ["class": "n"],
            "\(DecimalFormat.fixed(scale * low, 1)) to \(DecimalFormat.fixed(scale * high, 1))")
    }
}
