internal import Records
internal import StageKit

/// What an evaluation says in sentences.
extension Evaluation {
    /// What to do about categories without a known 0.
    var remedy: String { SingleLabelSetting.remedy(isSingleLabel: singleLabel != nil) }

    /// What could not be measured, and why.
    static func remarks(_ evaluation: Evaluation) -> [String] {
        var remarks: [String] = []
        let sizes = evaluation.rows
        let trains = evaluation.origin == .trained
        if trains, sizes.train == 0 {
            remarks.append("There is no train row: nothing was learnt.")
        }
        if trains, sizes.val == 0 {
            remarks.append("There is no val row: thresholds are 0.5.")
        }
        if let unscored = evaluation.unscored, unscored > 0 {
            remarks.append(
                "The file of scores does not name \(NumberFormat.count(unscored, "test row")), "
                    + "so they are not measured.")
        }
        if sizes.test == 0 { remarks.append("There is no test row: nothing was measured.") }
        if trains, sizes.train > 0 {
            list(evaluation, "The train rows have one label only: ", to: &remarks) {
                !$0.isLearnt
            }
        }
        if sizes.val > 0 {
            list(evaluation, "No positive in val, so the threshold is 0.5: ", to: &remarks) {
                !$0.isTuned && $0.val.positives == 0
            }
            list(evaluation, "No known 0 in val, so the threshold is 0.5: ", to: &remarks) {
                !$0.isTuned && $0.val.positives > 0 && $0.val.negatives == 0
            }
            list(
                evaluation, "No threshold on val reaches what was asked, so it is a half: ",
                to: &remarks
            ) {
                !$0.isTuned && $0.val.positives > 0 && $0.val.negatives > 0
            }
        }
        if sizes.test > 0 {
            list(evaluation, "No positive in test, so not measured: ", to: &remarks) {
                $0.test.positives == 0
            }
            let unmeasured = evaluation.categories.filter(\.hasNoKnownZero)
                .map { "`\($0.category)`" }
            if !unmeasured.isEmpty {
                remarks.append(
                    "No known 0 in test, so not measured and not judged: "
                        + "\(unmeasured.joined(separator: ", ")); \(evaluation.remedy).")
            }
        }
        return remarks
    }

    private static func list(
        _ evaluation: Evaluation, _ words: String, to remarks: inout [String],
        where fits: (OneCategory) -> Bool
    ) {
        let names = evaluation.categories.filter(fits).map { "`\($0.category)`" }
        if !names.isEmpty { remarks.append(words + names.joined(separator: ", ") + ".") }
    }

    /// The notes for the user.
    func sentences(_ settings: EvaluationSettings) -> [String] {
        var sentences: [String] = []
        if let macroPresent {
            let present = categories.filter { $0.f1 != nil }.count
            let range = macroF1Interval.map {
                " (95 % \(DecimalFormat.fixed($0.low, 3)) to \(DecimalFormat.fixed($0.high, 3)))"
            }
            sentences.append(
                "macro-F1 \(DecimalFormat.fixed(macroPresent.f1, 3))\(range ?? "") over "
                    + "\(present) of "
                    + "\(categories.count) categories, AUPRC "
                    + "\(DecimalFormat.fixed(macroPresent.averagePrecision, 3)), on "
                    + "\(NumberFormat.number(rows.test)) test rows.")
        }
        if let singleLabel {
            sentences.append(
                "Highest score wins: accuracy \(DecimalFormat.fixed(singleLabel.accuracy, 3)), "
                    + "macro-F1 \(DecimalFormat.fixed(singleLabel.macroF1, 3)).")
        }
        let failed = categories.filter { $0.gate == .failed }
        let short = failed.filter { $0.f1 ?? 0 < settings.minimumF1 }
        if !short.isEmpty {
            sentences.append(
                "Below F1 \(DecimalFormat.fixed(settings.minimumF1, 3)): " + Self.named(short) + "."
            )
        }
        let empty = failed.filter { $0.f1 ?? 0 >= settings.minimumF1 }
        if !empty.isEmpty {
            sentences.append(
                "No better than calling every row 1, as far as test can tell: "
                    + Self.named(empty) + ".")
        }
        let unjudged = categories.filter { $0.gate == .tooFewRows && $0.test.positives > 0 }
            .map { "`\($0.category)`" }
        if !unjudged.isEmpty {
            sentences.append(
                "Fewer than \(settings.minimumSupport) rows of a label in test, so not judged: "
                    + unjudged.joined(separator: ", ") + ".")
        }
        if settings.isGateOn, !categories.contains(where: { [.passed, .failed].contains($0.gate) })
        {
            sentences.append("The gate judged no category.")
        }
        return sentences + remarks + (ablation?.sentences ?? [])
            + (comparison?.sentences ?? [])
            + categories.flatMap { one in
                (one.groups ?? []).flatMap { $0.sentences(one.category) }
            }
    }

    private static func named(_ categories: [OneCategory]) -> String {
        categories.map { one in
            "`\(one.category)`" + (one.f1.map { " \(DecimalFormat.fixed($0, 3))" } ?? "")
        }.joined(separator: ", ")
    }
}

extension Evaluation.OneCategory {
    /// Whether test holds positives and nothing to tell them from.
    var hasNoKnownZero: Bool { test.positives > 0 && test.negatives == 0 }

    /// `F1 0.812 on test, 0.850 wanted`.
    func comparison(wanted: Double) -> String {
        var words =
            "F1 \(f1.map { DecimalFormat.fixed($0, 3) } ?? "–") on test, "
            + "\(DecimalFormat.fixed(wanted, 3)) "
            + "wanted"
        if let f1, let f1OfAlwaysYes, gate == .failed, f1 >= wanted {
            words +=
                "; its interval does not lie above \(DecimalFormat.fixed(f1OfAlwaysYes, 3)), the "
                + "F1 of "
                + "calling every row 1"
        }
        return words
    }
}
