internal import Pipeline
internal import Records
internal import StageKit

/// The sections about what a model learns from the rows.
extension ReportPage {
    var metrics: HTMLNode? {
        guard let metrics = data.metrics else { return nil }
        var content: [HTMLNode] = [.of("p", ["class": "lead"], Self.summary(metrics))]
        content.append(
            Self.table(
                [
                    "Category", "Verdict", "", "F1", "Precision", "Recall", "AUPRC", "ROC AUC",
                    "Threshold", "Positives",
                ], numeric: [3, 4, 5, 6, 7, 8, 9], metrics.categories.map(row)))
        content += metrics.remarks.map { .of("p", [:], HTMLNode.prose($0)) }
        return Self.section("What a linear model learns", content)
    }

    private static func summary(_ metrics: Evaluation) -> String {
        var words =
            "Logistic regressions on the embeddings: trained on "
            + "\(NumberFormat.number(metrics.rows.train)) rows, thresholds tuned on "
            + "\(NumberFormat.number(metrics.rows.val)), measured on "
            + "\(NumberFormat.number(metrics.rows.test))."
        if let macro = metrics.macroPresent {
            words += " Macro-F1 \(DecimalFormat.fixed(macro.f1, 3))"
            if let range = metrics.macroF1Interval {
                words += " (95 % \(DecimalFormat.fixed(range.low, 3)) to "
                words += "\(DecimalFormat.fixed(range.high, 3)))"
            }
            words += ", AUPRC \(DecimalFormat.fixed(macro.averagePrecision, 3))"
            if let micro = metrics.micro {
                words += "; micro-F1 \(DecimalFormat.fixed(micro.f1, 3))"
            }
            words += "."
        }
        if let single = metrics.singleLabel {
            words +=
                " Taking the highest score: accuracy \(DecimalFormat.fixed(single.accuracy, 3)), "
            words += "macro-F1 \(DecimalFormat.fixed(single.macroF1, 3))."
        }
        return words
    }

    private func row(_ category: Evaluation.OneCategory) -> [HTMLNode] {
        let gate = data.minimumF1
        let style =
            category.gate == .failed ? "low" : category.gate == .passed ? "high" : "plain"
        return [
            Self.key(category.category), .of("td", [:], [Self.verdict(category.gate)]),
            .of(
                "td", ["class": "gauge"],
                category.f1.map {
                    [
                        Charts.gauge(
                            $0, low: category.f1Interval?.low, high: category.f1Interval?.high,
                            gate: gate, class: style)
                    ]
                } ?? []),
            Self.number(category.f1), Self.number(category.precision),
            Self.number(category.recall),
            Self.number(category.averagePrecision), Self.number(category.rocAUC),
            Self.number(category.threshold), Self.number(category.test.positives),
        ]
    }

    private static func verdict(_ gate: Evaluation.Gate) -> HTMLNode {
        let (style, words) =
            switch gate {
            case .passed: ("good", "passed")
            case .failed: ("bad", "below")
            case .tooFewRows: ("unsure", "too few rows")
            case .noKnownZero: ("bad", "no known 0")
            case .off: ("unsure", "not judged")
            }
        return .of("span", ["class": "mark \(style)"], words)
    }

    var curves: HTMLNode? {
        if data.curves.isEmpty { return nil }
        let charts = data.curves.map { curve -> HTMLNode in
            let category = data.metrics?.categories.first { $0.category == curve.category }
            let caption =
                category?.averagePrecision.map { "AP \(DecimalFormat.fixed($0, 3))" } ?? ""
            return Charts.curve(
                curve, point: Self.point(category), caption: caption)
        }
        return Self.section(
            "Precision and recall on test",
            [
                .of(
                    "p", ["class": "lead"],
                    "Precision upwards, recall to the right; the circle is the tuned threshold."),
                .of("div", ["class": "grid-of-charts"], charts),
            ])
    }

    private static func point(
        _ category: Evaluation.OneCategory?
    ) -> (recall: Double, precision: Double)? {
        guard let recall = category?.recall, let precision = category?.precision else { return nil }
        return (recall, precision)
    }

    var counterfactual: HTMLNode? {
        let categories = data.metrics?.categories.filter { $0.counterfactual != nil } ?? []
        if categories.isEmpty { return nil }
        let rows = categories.flatMap { category in
            (category.counterfactual ?? []).map { Self.row(category.category, $0) }
        }
        return Self.section(
            "When only the subject changes",
            [
                .of(
                    "p", ["class": "lead"],
                    "Inside contrast sets with one label: how far the score moves on average, and "
                        + "how often the decision turns."),
                Self.table(
                    [
                        "Category", "Texts", "Sets", "Pairs", "Mean gap", "Pairs that flip",
                        "Sets that flip",
                    ], numeric: [2, 3, 4, 5, 6], rows),
            ])
    }

    private static func row(_ category: String, _ figures: CounterfactualFigures) -> [HTMLNode] {
        func percent(_ share: Double) -> HTMLNode {
            .of("td", ["class": "n"], "\(DecimalFormat.fixed(100 * share, 1)) %")
        }
        return [
            key(category), words(figures.label == 0 ? "without the category" : "with the category"),
            number(figures.sets), number(figures.pairs), number(figures.gap),
            percent(figures.flipRate), percent(figures.flippedSets),
        ]
    }

    var ablation: HTMLNode? {
        guard let ablation = data.metrics?.ablation else { return nil }
        var arms = [("All of them", ablation.realOnly)]
        arms += ablation.sources.map { ($0.without.joined(separator: ", "), $0) }
        return Self.section(
            "What the synthetic rows bought",
            [
                .of(
                    "p", ["class": "lead"],
                    "The same evaluation without some of the rows in train. A gain above 0 means "
                        + "that they helped."),
                Self.table(
                    ["Left out", "Train rows", "Macro-F1 without", "Gain", "AUPRC without"],
                    numeric: [1, 2, 3, 4],
                    arms.map { name, arm in
                        [
                            Self.key(name), Self.number(arm.trainRows),
                            Self.number(arm.macroF1),
                            .of(
                                "td", ["class": "n"],
                                arm.macroF1Difference.map { DecimalFormat.signed($0, 3) } ?? "–"),
                            Self.number(arm.macroAveragePrecision),
                        ]
                    }),
            ])
    }
}
