internal import FoundationEssentials
internal import Pipeline
internal import Records
internal import StageKit

/// Everything that the page and the card are made of: they differ in form only.
struct ReportData: Sendable {
    var settings: ReportSettings
    var pipeline: String
    var taxonomy: Taxonomy?
    var stages: [Manifest]
    var composition: Composition
    var metrics: Evaluation?
    var health: Health?
    /// What `mislabels` found; nil when it did not run.
    var labelHealth: LabelHealth?
    /// What rounds of `select` found; nil when it did not run.
    var rounds: SelectionRounds?
    var curves: [Curves.Curve]
    var distances: [DistanceHistogram]
    /// What made the vectors; nil when no stage did.
    var embedding: EmbeddingModel?
    /// The splits of the release that are there: `train.jsonl` and so on.
    var splitFiles: [String]

    init(
        settings: ReportSettings, pipeline: String, taxonomy: Taxonomy?, stages: [Manifest],
        composition: Composition, metrics: Evaluation? = nil, health: Health? = nil,
        labelHealth: LabelHealth? = nil, rounds: SelectionRounds? = nil,
        curves: [Curves.Curve] = [],
        distances: [DistanceHistogram] = [], embedding: EmbeddingModel? = nil,
        splitFiles: [String] = []
    ) {
        self.settings = settings
        self.pipeline = pipeline
        self.taxonomy = taxonomy
        self.stages = stages
        self.composition = composition
        self.metrics = metrics
        self.health = health
        self.labelHealth = labelHealth
        self.rounds = rounds
        self.curves = curves
        self.distances = distances
        self.embedding = embedding
        self.splitFiles = splitFiles
    }

    /// Reads the files that earlier stages left; one that cannot be understood is left out.
    init(
        settings: ReportSettings, pipeline: String, taxonomy: Taxonomy?,
        history: [FinishedStage], composition: Composition
    ) {
        func last(_ name: String) -> Data? {
            history.last { $0.manifest.extras.contains { $0.path == name } }?
                .extra(name).map { Data($0) }
        }
        func decode<Value: Decodable>(_ name: String, _ type: Value.Type) -> Value? {
            last(name).flatMap { try? JSONDecoder().decode(type, from: $0) }
        }
        // An empty file has no row to tell its columns from, so a reader would stumble over it.
        let published = history.flatMap { stage in
            stage.manifest.extras.filter {
                stage.manifest.published.contains($0.path) && $0.bytes > 0
            }.map(\.path)
        }
        self.init(
            settings: settings, pipeline: pipeline, taxonomy: taxonomy,
            stages: history.map(\.manifest), composition: composition,
            metrics: decode("metrics.json", Evaluation.self),
            health: decode("health.json", Health.self),
            labelHealth: history.last { $0.manifest.use == "mislabels" }?
                .extra("summary.json").flatMap(LabelHealth.init),
            rounds: history.last { $0.manifest.use == "select" }?
                .extra("summary.json").flatMap(SelectionRounds.init),
            curves: decode("curves.json", Curves.self)?.curves ?? [],
            distances: last("distances.json").map { DistanceHistogram.read(Array($0)) } ?? [],
            embedding: decode("model.json", EmbeddingModel.self),
            splitFiles: ["train.jsonl", "val.jsonl", "test.jsonl"]
                .filter { published.contains($0) })
    }

    var title: String {
        guard let title = settings.title, !title.isEmpty else { return pipeline }
        return title
    }

    /// The taxonomy's categories in its order, then others by their bytes.
    var categories: [String] {
        let listed = taxonomy?.categories.map(\.id) ?? []
        let found = Set(composition.positives.keys).union(composition.negatives.keys)
        return listed
            + found.subtracting(listed).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The places that hold rows, and the three splits when any of them does.
    var places: [Composition.Place] {
        let rows = composition.rows
        let splits: [Composition.Place] = [.train, .val, .test]
        let isSplit = splits.contains { rows[$0] > 0 }
        return (isSplit ? splits : []) + (rows[.none] > 0 || !isSplit ? [.none] : [])
    }

    /// The gate's F1, as the last evaluation had it.
    var minimumF1: Double? {
        stages.last { $0.use == "evaluate" }?.settings["minimum_f1"].flatMap(Double.init)
    }

    /// All rows that ever came in, were added, and were refused.
    var totals: (read: Int, added: Int, refused: Int, kept: Int) {
        var totals = (read: stages.first?.counts.input ?? 0, added: 0, refused: 0, kept: 0)
        for stage in stages {
            totals.added += stage.counts.added
            totals.refused += stage.counts.refused
        }
        totals.kept = stages.last?.counts.kept ?? 0
        return totals
    }

    /// Why rows were refused in the stages of one kind.
    func refusals(of use: String) -> [(name: String, rows: Int)] {
        var reasons: [String: Int] = [:]
        for stage in stages where stage.use == use {
            reasons.merge(stage.counts.refusedByReason) { $0 + $1 }
        }
        return reasons.ranked
    }

    /// The languages of the setting, else those that `ingest` found in at least 1 % of the rows.
    var languages: [String] {
        if !settings.languages.isEmpty { return settings.languages }
        let total = composition.languages.values.reduce(0, +)
        return composition.languages.ranked
            .filter { $0.rows * 100 >= total && Self.isLanguageTag($0.name) }.map(\.name)
    }

    private static func isLanguageTag(_ name: String) -> Bool {
        (2...3).contains(name.utf8.count) && name != "un" && name != "und"
            && name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }
}

/// The content of `model.json`, which `embed` writes.
struct EmbeddingModel: Codable, Sendable, Equatable {
    var model: String
    var dimensions: Int?

    /// `all-MiniLM-L6-v2, 384 dimensions`.
    var words: String {
        model + (dimensions.map { ", \(NumberFormat.number($0)) dimensions" } ?? "")
    }
}

/// What the user says about the dataset.
struct ReportSettings: Sendable {
    var title: String?
    var licence: String
    var languages: [String]
    var description: String

    init(title: String?, licence: String, languages: [String], description: String) {
        self.title = title
        self.licence = licence
        self.languages = languages
        self.description = description
    }

    init(_ settings: SettingsReader) {
        title = settings.optionalString(
            "title", help: "The dataset's name for people; the pipeline's name unless given.")
        licence = settings.string(
            "licence", "unknown",
            help: "The licence as Hugging Face names it: `cc-by-4.0`, `apache-2.0`, `other`.")
        languages = settings.strings(
            "language", [],
            help: "Language codes such as `en`; unless given, those that ingest found.")
        description = settings.string(
            "description", "", help: "A paragraph about what the dataset is and is for.")
    }
}
