internal import Pipeline
internal import Records
internal import StageKit

/// `README.md`: a Hugging Face dataset card (huggingface.co/docs/hub/datasets-cards).
struct DatasetCard {
    let data: ReportData

    init(_ data: ReportData) { self.data = data }

    var markdown: String {
        let description = data.settings.description
        let parts = [
            frontMatter, "# \(Markdown.plain(data.title))\n",
            description.isEmpty ? nil : "\(Markdown.plain(description))\n", what, composition,
            making, labels, limits, metrics, loading,
        ]
        return parts.compactMap { $0 }.joined(separator: "\n")
    }

    /// The YAML that the Hub reads.
    private var frontMatter: String {
        var lines = ["---", "pretty_name: \(Markdown.quoted(data.title))"]
        if !data.settings.licence.isEmpty {
            lines.append("license: \(Markdown.quoted(data.settings.licence))")
        }
        if !data.languages.isEmpty {
            lines.append("language:")
            lines += data.languages.map { "- \(Markdown.quoted($0))" }
        }
        let task =
            data.taxonomy?.isSingleLabel == true
            ? "multi-class-classification" : "multi-label-classification"
        lines += [
            "task_categories:", "- text-classification", "task_ids:", "- \(task)",
            "size_categories:", "- \(Self.size(data.composition.rows.total))", "tags:", "- curate",
        ]
        if data.composition.syntheticRows > 0 { lines.append("- synthetic") }
        if !data.splitFiles.isEmpty { lines += CardFiles(data).yaml }
        return (lines + ["---", ""]).joined(separator: "\n")
    }

    /// The Hub's name for a number of rows.
    static func size(_ rows: Int) -> String {
        switch rows {
        case ..<1_000: "n<1K"
        case ..<10_000: "1K<n<10K"
        case ..<100_000: "10K<n<100K"
        case ..<1_000_000: "100K<n<1M"
        case ..<10_000_000: "1M<n<10M"
        case ..<100_000_000: "10M<n<100M"
        case ..<1_000_000_000: "100M<n<1B"
        default: "n>1B"
        }
    }

    private var what: String {
        let rows = NumberFormat.number(data.composition.rows.total)
        let kind =
            data.taxonomy?.isSingleLabel == true || data.metrics?.singleLabel != nil
            ? "one of" : "any number of"
        var text = """
            ## What it is

            \(rows) texts, each labelled with \(kind) \(data.categories.count) categories, made by \
            \(data.stages.last?.tool ?? "curate") with the pipeline \
            “\(Markdown.plain(data.pipeline))”. A label is 1 or 0; **a category that is absent \
            from `labels` is unknown**, never 0.

            """
        if !data.languages.isEmpty {
            let tags = data.languages.map(Markdown.plain).joined(separator: ", ")
            text += "\nLanguages: \(tags).\n"
        }
        return text
    }

    private var composition: String {
        let places = data.places
        let counts = data.composition
        func line(_ name: String, _ row: Composition.Counts) -> [String] {
            [name] + places.map { NumberFormat.number(row[$0]) } + [NumberFormat.number(row.total)]
        }
        let heads = places.map(\.name) + ["all"]
        let numeric = Set(1...heads.count)
        let categories = data.categories.map { category -> [String] in
            let positives = counts.positives[category] ?? .init()
            return line(Markdown.plain(category), positives)
                + [NumberFormat.number(counts.negatives[category]?.total ?? 0)]
        }
        let sources = counts.sources.keys.sorted().map {
            line(Markdown.plain($0), counts.sources[$0] ?? .init())
        }
        return """
            ## Composition

            Rows that have the category (1), by split; the last column are rows known not to (0).

            \(Markdown.table(
                ["category"] + heads + ["known 0"], numeric: numeric.union([heads.count + 1]),
                categories))
            Rows by where they come from.

            \(Markdown.table(
                ["source"] + heads, numeric: numeric,
                sources + [line("**all**", counts.rows)]))
            \(languages)
            """
    }

    /// Rows by language, adding up to all rows; empty where nobody looked.
    private var languages: String {
        let counts = data.composition.allLanguages.ranked
        if counts.isEmpty { return "" }
        let total = data.composition.rows.total
        // Rarer ones share a line.
        let named = counts.filter { $0.rows * 100 >= total || $0.name == "undetermined" }
        let other = total - named.reduce(0) { $0 + $1.rows }
        var rows = named.map { [Markdown.plain($0.name), NumberFormat.number($0.rows)] }
        if other > 0 { rows.append(["other", NumberFormat.number(other)]) }
        rows.append(["**all**", NumberFormat.number(total)])
        return """
            Rows by the language that `ingest` found.

            \(Markdown.table(["language", "rows"], numeric: [1], rows))
            """
    }

    private var making: String {
        let totals = data.totals
        let rows = data.stages.enumerated().map { index, stage -> [String] in
            let counts = stage.counts
            let refused = counts.refusedByReason.ranked
                .map { "\(Markdown.plain($0.name)) \(NumberFormat.number($0.rows))" }
            let settings = stage.settings.sorted { $0.key < $1.key }
                .map { "\(Markdown.plain($0.key)): \(Markdown.plain(SVG.short($0.value, 80)))" }
            return [
                "\(index + 1)", Markdown.plain(stage.stage), NumberFormat.number(counts.added),
                NumberFormat.number(counts.kept), NumberFormat.number(counts.refused),
                refused.joined(separator: "; "), settings.joined(separator: "; "),
            ]
        }
        return """
            ## How it was made

            \(NumberFormat.number(totals.read)) rows read + \
            \(NumberFormat.number(totals.added)) added = \
            \(NumberFormat.number(totals.kept)) kept + \
            \(NumberFormat.number(totals.refused)) refused.

            \(Markdown.table(
                ["", "stage", "added", "kept", "refused", "why", "settings"],
                numeric: [0, 2, 3, 4], rows))
            """
    }

    private var labels: String {
        var text = "## Labels\n\n"
        if let taxonomy = data.taxonomy {
            text += "Taxonomy “\(Markdown.plain(taxonomy.name))”, version \(taxonomy.version).\n\n"
        }
        for id in data.categories {
            guard let category = data.taxonomy?[id] else {
                text += "- **\(Markdown.plain(id))**\n"
                continue
            }
            text += "- **\(Markdown.plain(id))** (\(Markdown.plain(category.title)), severity "
            text += "\(category.severity.rawValue)). \(Markdown.plain(category.definition))"
            if !category.not.isEmpty {
                text += " Not: \(category.not.map(Markdown.plain).joined(separator: " "))"
            }
            text += "\n"
        }
        return text
    }
}
