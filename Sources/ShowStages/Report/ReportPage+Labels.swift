internal import Pipeline
internal import Records
internal import StageKit

/// The sections about labels that are probably wrong.
extension ReportPage {
    /// With more categories the noise matrix is a list of its largest cells.
    private static let mostColumns = 12
    private static let mostPairs = 30

    var labelHealth: HTMLNode? {
        guard let health = data.labelHealth, !health.categories.isEmpty else { return nil }
        let rows = health.categories.map { name, found -> [HTMLNode] in
            [
                Self.key(name), Self.number(found.rows), Self.number(found.positives),
                Self.share(found.labelHealth), Self.number(found.flagged),
                Self.number(found.contradictions), Self.count(found.likelyMissing),
                Self.count(found.likelySuperfluous), Self.words(Self.audit(found)),
            ]
        }
        return Self.section(
            "Label health",
            [
                .of(
                    "p", ["class": "lead"],
                    "The share of each category's labels that models which did not see the row "
                        + "take for right (confident learning), and what a person decided about "
                        + "flagged ones."),
                Self.table(
                    [
                        "Category", "Rows", "With it", "Health", "Flagged", "Contradictions",
                        "Missing", "Superfluous", "Audit",
                    ], numeric: [1, 2, 3, 4, 5, 6, 7], rows),
            ] + noiseMatrix(health))
    }

    private static func audit(_ found: LabelHealth.Category) -> String {
        if found.unsupported {
            return "not judged: "
                + (found.unsupportedBecause ?? "too_few_rows")
                .split(separator: "_").joined(separator: " ")
        }
        if found.decided == 0 { return "nothing decided" }
        var words =
            "\(NumberFormat.number(found.wrong)) of \(NumberFormat.number(found.decided)) wrong"
        if let low = found.wrongShareLow, let high = found.wrongShareHigh {
            words +=
                " (95 % \(DecimalFormat.fixed(100 * low, 0)) to "
                + "\(DecimalFormat.fixed(100 * high, 0)) %)"
        }
        return words + (found.relabelAll ? ", all flagged ones go back" : "")
    }

    /// Which categories are mixed up, where a row has exactly one.
    private func noiseMatrix(_ health: LabelHealth) -> [HTMLNode] {
        let pairs = health.pairs
        if pairs.isEmpty { return [] }
        let title = HTMLNode.of("h3", [:], "Noise matrix: labels given as one, likely another")
        if health.categories.count > Self.mostColumns {
            let listed = pairs.prefix(Self.mostPairs).map { pair in
                [
                    Self.key(pair.given), Self.key(pair.likely), Self.number(pair.labels),
                    Self.share(pair.share),
                ]
            }
            var nodes = [
                title,
                Self.table(
                    ["Given", "Likely", "Labels", "Of the given"], numeric: [2, 3], Array(listed)),
            ]
            if pairs.count > listed.count {
                nodes.append(
                    .of(
                        "p", ["class": "lead"],
                        "\(NumberFormat.number(pairs.count - listed.count)) further pairs are in "
                            + "summary.json."))
            }
            return nodes
        }
        let names = health.categories.map(\.name)
        let rows = health.categories.map { given, found -> [HTMLNode] in
            let others = found.likelyOthers ?? [:]
            let right = found.positives - others.values.reduce(0, +)
            return [Self.key(given)]
                + names.map { name in
                    name == given
                        ? .of("td", ["class": "n"], [.of("b", [:], NumberFormat.number(right))])
                        : Self.count(others[name])
                }
        }
        return [
            title,
            Self.table(["Given"] + names, numeric: Set(1...names.count), rows),
        ]
    }

    /// A share as percent with one decimal; a dash for none.
    static func share(_ value: Double?) -> HTMLNode {
        .of("td", ["class": "n"], value.map { "\(DecimalFormat.fixed(100 * $0, 1)) %" } ?? "–")
    }

    /// A count; a dash for none.
    private static func count(_ value: Int?) -> HTMLNode {
        value.map { number($0) } ?? .of("td", ["class": "n"], "–")
    }
}
