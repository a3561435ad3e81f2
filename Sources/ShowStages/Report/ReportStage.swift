public import Pipeline
public import Records
internal import StageKit

/// Writes the page and the card that go with a release.
///
/// A worked example, which is also a test: after `evaluate`, `use: report` leaves `report.html`,
/// which a browser opens without a network, and `README.md`, whose front matter names `train.jsonl`
/// when the split was published.
public struct ReportStage: Stage {
    public static let description = StageDescription(
        name: "report", version: 5, role: .reporter,
        summary: "Writes `report.html` and the dataset card `README.md`.",
        method: """
            Counts the rows by category, split and source in one pass, and reads the manifests and \
            the files `metrics.json`, `curves.json`, `health.json`, `summary.json` of `mislabels` \
            and `select`, `distances.json` and `model.json` of the stages before it; what is \
            missing is left out. The page is one file with its drawings inside, needs no network \
            and no script (a content security policy forbids both), fits a telephone, and is \
            written in both light and dark. The card follows the format of Hugging Face's dataset \
            cards (huggingface.co/docs/hub/datasets-cards), with the release's splits as its \
            configuration. Neither holds a row's text, a clock or a path of the machine.
            """,
        cost: "One pass over the rows; memory for the counts only. No calls.",
        readsIfPresent: [
            IngestNote.sidecar, DedupeNote.sidecar, MislabelsNote.sidecar, SplitSide.sidecar,
        ], usesTaxonomy: true,
        usesHistory: true)

    private let settings: ReportSettings
    private let pipeline: String
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = ReportSettings(settings)
        pipeline = setup.pipeline
        taxonomy = setup.taxonomy
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let composition = graph.fold("count", initial: Composition()) { _ in
            { (block) throws(Fault) in try Composition(of: block) }
        }
        graph.keepAll()
        graph.finish(composition) { output, composition throws(Fault) in
            let data = ReportData(
                settings: settings, pipeline: pipeline, taxonomy: taxonomy,
                history: output.context.history, composition: composition)
            try output.write(
                Array(ReportPage(data).html.utf8), to: "report.html", isPublished: true)
            try output.write(
                Array(DatasetCard(data).markdown.utf8), to: "README.md", isPublished: true)
        }
    }
}
