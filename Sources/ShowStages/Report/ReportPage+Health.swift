internal import Pipeline
internal import Records
internal import StageKit

/// The section about what gives labels away.
extension ReportPage {
    /// So many findings are shown of each kind; `health.json` has them all.
    private static let shown = 5

    var shortcuts: HTMLNode? {
        // Words are content, and the page shows no text of a row.
        let shown =
            data.health?.shortcuts.filter {
                $0.kind != RowFeature.Kind.word.rawValue && $0.rankOfKind <= Self.shown
            } ?? []
        if shown.isEmpty { return nil }
        let rows = shown.map { one -> [HTMLNode] in
            [
                Self.number(one.rank), Self.key(one.kind),
                Self.words(one.value.hasPrefix("@") ? "@…" : one.value),
                Self.key(one.category),
                Self.words(
                    "\(NumberFormat.number(one.positives)) of \(NumberFormat.number(one.rows))"),
                .of("td", ["class": "n"], "\(DecimalFormat.fixed(100 * one.shareOfAll, 1)) %"),
                Self.number(one.explained),
            ]
        }
        return Self.section(
            "What gives labels away",
            [
                .of(
                    "p", ["class": "lead"],
                    "How often rows with a feature have the category, beside all rows, and what "
                        + "share of the label's entropy that takes away. A model may learn the "
                        + "feature in place of the meaning; `health.json` names rows to look at."),
                Self.table(
                    ["Rank", "Kind", "Feature", "Category", "Have it", "Of all", "Explained"],
                    numeric: [0, 5, 6], rows),
            ])
    }
}
