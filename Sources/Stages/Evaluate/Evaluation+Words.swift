internal import Records

/// What an evaluation says in sentences.
extension Evaluation {
    /// What could not be measured, and why.
    static func remarks(_ evaluation: Evaluation) -> [String] {
        var remarks: [String] = []
        let sizes = evaluation.rows
        if sizes.train == 0 { remarks.append("There is no train row: nothing was learnt.") }
        if sizes.val == 0 { remarks.append("There is no val row: thresholds are 0.5.") }
        if sizes.test == 0 { remarks.append("There is no test row: nothing was measured.") }
        if sizes.train > 0 {
            list(evaluation, "The train rows have one label only: ", to: &remarks) {
                !$0.isLearnt
            }
        }
        if sizes.val > 0 {
            list(evaluation, "No positive in val, so the threshold is 0.5: ", to: &remarks) {
                !$0.isTuned
            }
        }
        if sizes.test > 0 {
            list(evaluation, "No positive in test, so not measured: ", to: &remarks) {
                $0.test.positives == 0
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
            let present = categories.filter { $0.test.positives > 0 }.count
            let range = macroF1Interval.map {
                " (95 % \(Decimals.fixed($0.low, 3)) to \(Decimals.fixed($0.high, 3)))"
            }
            sentences.append(
                "macro-F1 \(Decimals.fixed(macroPresent.f1, 3))\(range ?? "") over \(present) of "
                    + "\(categories.count) categories, AUPRC "
                    + "\(Decimals.fixed(macroPresent.averagePrecision, 3)), on "
                    + "\(Words.number(rows.test)) test rows.")
        }
        if let singleLabel {
            sentences.append(
                "Highest score wins: accuracy \(Decimals.fixed(singleLabel.accuracy, 3)), "
                    + "macro-F1 \(Decimals.fixed(singleLabel.macroF1, 3)).")
        }
        let short = categories.filter { $0.gate == .failed }
            .map { "`\($0.category)` \(Decimals.fixed($0.f1, 3))" }
        if !short.isEmpty {
            sentences.append(
                "Below F1 \(Decimals.fixed(settings.minimumF1, 3)): "
                    + short.joined(separator: ", ") + ".")
        }
        let unjudged = categories.filter { $0.gate == .tooFewRows && $0.test.positives > 0 }
            .map { "`\($0.category)`" }
        if !unjudged.isEmpty {
            sentences.append(
                "Fewer than \(settings.minimumSupport) positives in test, so not judged: "
                    + unjudged.joined(separator: ", ") + ".")
        }
        if settings.isGateOn, categories.allSatisfy({ $0.gate == .tooFewRows }) {
            sentences.append("The gate judged no category.")
        }
        return sentences + remarks + (ablation?.sentences ?? [])
    }
}
