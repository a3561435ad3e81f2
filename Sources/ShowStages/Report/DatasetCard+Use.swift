internal import Pipeline
internal import Records
internal import StageKit

/// The sections of the card about what the dataset is good for.
extension DatasetCard {
    /// How the offline server names itself in every record that it wrote.
    private static let offline = "offline"

    var limits: String {
        let composition = data.composition
        let total = composition.rows.total
        let synthetic = composition.syntheticRows
        var lines = [
            "\(DecimalFormat.percent(synthetic, of: total)) of the rows "
                + "(\(NumberFormat.number(synthetic)) "
                + "of \(NumberFormat.number(total))) were written or changed by a program."
        ]
        let test = composition.sources.filter { isSynthetic($0.key) }
            .reduce(0) { $0 + $1.value[.test] }
        if synthetic > 0, !data.splitFiles.isEmpty {
            lines.append(
                test == 0
                    ? "None of them is in test."
                    : "\(NumberFormat.number(test)) of them are in test: figures measured there "
                        + "are partly about synthetic texts.")
        }
        let models = composition.models.values.flatMap(\.keys)
        if models.contains(where: { $0.lowercased().contains(Self.offline) }) {
            lines.append(
                "Texts whose `provenance.model` names the offline server come from grammars, not "
                    + "from a language model: they repeat patterns, are far less varied than what "
                    + "people write, and serve to try a pipeline out rather than to train on.")
        }
        if composition.conflicts > 0 {
            lines.append(
                "\(NumberFormat.number(composition.conflicts)) rows have a near copy that is "
                    + "labelled otherwise.")
        }
        if composition.suspicious > 0 {
            lines.append(
                "\(NumberFormat.number(composition.suspicious)) rows were kept although a label of "
                    + "theirs looked wrong.")
        }
        let rare = data.categories.filter { (composition.positives[$0]?.total ?? 0) < 50 }
        if !rare.isEmpty {
            lines.append(
                "Fewer than 50 positives: \(rare.map(Markdown.plain).joined(separator: ", ")).")
        }
        return "## Known limits\n\n" + lines.map { "- \($0)\n" }.joined()
    }

    private func isSynthetic(_ source: String) -> Bool {
        !["corpus", "pseudo_label"].contains(source)
    }

    var metrics: String? {
        guard let metrics = data.metrics else { return nil }
        let rows = metrics.categories.map { category -> [String] in
            func number(_ value: Double?) -> String {
                value.map { DecimalFormat.fixed($0, 3) } ?? "–"
            }
            let range = category.f1Interval.map {
                "\(DecimalFormat.fixed($0.low, 3)) to \(DecimalFormat.fixed($0.high, 3))"
            }
            return [
                Markdown.plain(category.category), number(category.f1), range ?? "–",
                number(category.precision), number(category.recall),
                number(category.averagePrecision),
                number(category.threshold) + (category.isTuned ? "" : " (not tuned)"),
                NumberFormat.number(category.test.positives),
                NumberFormat.number(category.test.negatives),
                Self.words(category.gate),
            ]
        }
        var summary = ""
        if let macro = metrics.macroPresent {
            summary =
                "Macro-F1 \(DecimalFormat.fixed(macro.f1, 3)), macro AUPRC "
                + DecimalFormat.fixed(macro.averagePrecision, 3)
            if let micro = metrics.micro {
                summary += ", micro-F1 \(DecimalFormat.fixed(micro.f1, 3))"
            }
            summary += ".\n\n"
        }
        for remark in metrics.remarks { summary += "\(Markdown.prose(remark))\n\n" }
        let vectors = data.embedding.map { " of \(Markdown.plain($0.words))" } ?? ""
        return """
            ## Metrics

            Logistic regressions on sentence embeddings\(vectors), trained on train, thresholds \
            tuned on val, measured on test; intervals are 95 % bootstraps. `metrics.json` has all \
            numbers.

            \(summary)\(Markdown.table(
                [
                    "category", "F1", "95 %", "precision", "recall", "AUPRC", "threshold",
                    "test 1", "test 0", "gate",
                ], numeric: [1, 2, 3, 4, 5, 6, 7, 8], rows))
            """
    }

    private static func words(_ gate: Evaluation.Gate) -> String {
        switch gate {
        case .passed: "passed"
        case .failed: "below"
        case .tooFewRows: "too few rows"
        case .noKnownZero: "not judged: no known 0"
        case .off: "not judged"
        }
    }

    var loading: String? {
        if data.splitFiles.isEmpty { return nil }
        let files = CardFiles(data)
        let lines = data.splitFiles[0]
        let jq = """
            ```sh
            jq -c 'select(.provenance.source == "corpus") | {text, labels}' \(lines)
            ```

            """
        guard files.isTyped else {
            return """
                ## How to load

                ```python
                from datasets import load_dataset

                dataset = load_dataset("path/to/this/folder")
                ```

                \(jq)
                """
        }
        let table = files.splits[0].path
        return """
            ## How to load

            Every split is here twice with the same rows: as Parquet, which is typed, and as JSON \
            lines.

            ```python
            from datasets import Features, load_dataset

            dataset = load_dataset("path/to/this/folder")
            # One file; JSON lines are read with the types of the table.
            split = load_dataset("parquet", data_files="\(table)", split="train")
            features = {k: v for k, v in split.features.items() if k != "label"}
            lines = load_dataset("json", data_files="\(lines)", features=Features(features))
            ```

            ```python
            import polars as pl

            rows = pl.read_parquet("\(table)")
            labels = rows["labels"].str.json_decode(pl.Struct({"CATEGORY": pl.Int8}))
            ```

            ```sql
            -- DuckDB
            SELECT id, text, labels->>'CATEGORY' AS label FROM '\(table)';
            ```

            \(jq)
            """
    }
}
