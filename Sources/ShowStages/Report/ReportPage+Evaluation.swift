internal import Pipeline
internal import Records
internal import StageKit

/// The sections of an evaluation about calibration, groups and another system.
extension ReportPage {
    /// So many groups are shown of a category and grouping, the weakest first.
    private static let shownGroups = 5

    var calibration: HTMLNode? {
        let measured = (data.metrics?.categories ?? []).compactMap { category in
            category.calibration.map { (name: category.category, figures: $0) }
        }
        if measured.isEmpty { return nil }
        return Self.section(
            "How far scores are probabilities",
            [
                .of(
                    "p", ["class": "lead"],
                    "The share of test rows with the category upwards, the mean score to the "
                        + "right, over bins of a tenth; larger dots hold more rows. On the "
                        + "diagonal a score is a probability."),
                .of(
                    "div", ["class": "grid-of-charts"],
                    measured.map { Charts.reliability($0.figures, category: $0.name) }),
                Self.table(
                    ["Category", "Brier score", "Expected error", "Largest error"],
                    numeric: [1, 2, 3],
                    measured.map { name, figures in
                        [
                            Self.key(name), Self.number(figures.brierScore),
                            Self.number(figures.expectedError), Self.number(figures.maximumError),
                        ]
                    }),
            ])
    }

    var groups: HTMLNode? {
        let measured = (data.metrics?.categories ?? []).flatMap { category in
            (category.groups ?? []).map { (category: category.category, figures: $0) }
        }
        if measured.isEmpty { return nil }
        let spreads = measured.map { category, figures -> [HTMLNode] in
            let (positive, negative) = (
                figures.falsePositiveDifferences, figures.falseNegativeDifferences
            )
            return [
                Self.key(category), Self.key(figures.by), Self.number(positive.groups),
                Self.number(positive.sum), Self.number(positive.largest),
                Self.number(negative.sum), Self.number(negative.largest),
                Self.number(figures.finalMetric),
            ]
        }
        let weakest = measured.flatMap { category, figures in
            figures.groups.prefix(Self.shownGroups).map { Self.row(category, figures.by, $0) }
        }
        return Self.section(
            "How groups fare",
            [
                .of(
                    "p", ["class": "lead"],
                    "Test rows by group. FPED and FNED add up how far the groups' rates of false "
                        + "positives and false negatives lie from all rows' (Dixon and others "
                        + "2018); the final metric weighs the AUCs of Borkan and others (2019). "
                        + "Excess is how far a group's share of wrong decisions lies above the "
                        + "others', in standard errors."),
                Self.table(
                    [
                        "Category", "By", "Groups", "FPED", "Largest", "FNED", "Largest",
                        "Final metric",
                    ], numeric: [2, 3, 4, 5, 6, 7], spreads),
                .of("h3", [:], "The weakest groups"),
                Self.table(
                    [
                        "Category", "By", "Group", "Rows", "Wrong", "Excess", "False positives",
                        "False negatives", "AUC", "BPSN", "BNSP",
                    ], numeric: [3, 4, 5, 6, 7, 8, 9, 10], weakest),
            ])
    }

    private static func row(
        _ category: String, _ by: String, _ group: GroupFigures.Group
    ) -> [HTMLNode] {
        [
            key(category), key(by), words(group.name), number(group.rows), number(group.wrong),
            .of("td", ["class": "n"], DecimalFormat.signed(group.excess, 1)),
            share(group.falsePositiveRate), share(group.falseNegativeRate),
            number(group.subgroupAUC), number(group.bpsnAUC), number(group.bnspAUC),
        ]
    }

    var comparison: HTMLNode? {
        guard let comparison = data.metrics?.comparison else { return nil }
        var rows = comparison.categories.map { one in
            [
                Self.key(one.category), Self.difference(one.f1),
                Self.difference(one.averagePrecision),
            ]
        }
        if comparison.macroF1 != nil || comparison.macroAveragePrecision != nil {
            let mean = [
                Self.key("Mean of the measured"), Self.difference(comparison.macroF1),
                Self.difference(comparison.macroAveragePrecision),
            ]
            rows.insert(mean, at: 0)
        }
        var lead =
            "This run minus the baseline, on the "
            + "\(NumberFormat.count(comparison.rows, "test row")) that both scored, with 95 % "
            + "intervals by a paired bootstrap over families of rows."
        if comparison.missing > 0 {
            lead +=
                " The baseline has no score for "
                + "\(NumberFormat.number(comparison.missing)) further ones."
        }
        return Self.section(
            "Beside the baseline",
            [
                .of("p", ["class": "lead"], lead),
                Self.table(["Category", "F1", "AUPRC"], numeric: [1, 2], rows),
            ])
    }

    private static func difference(_ one: Comparison.Difference?) -> HTMLNode {
        guard let one else { return .of("td", ["class": "n"], "–") }
        let range =
            one.interval.map {
                " (\(DecimalFormat.signed($0.low, 3)) to \(DecimalFormat.signed($0.high, 3)))"
            } ?? ""
        return .of("td", ["class": "n"], DecimalFormat.signed(one.value, 3) + range)
    }
}
