internal import CleanStages
internal import MakeStages
public import Pipeline
internal import ReadStages
internal import ShowStages

/// All stages, in the order in which a pipeline usually has them.
///
/// The order is that of docs/stages.md and of `curate stages`.
public enum Stages {
    public static let catalogue = Catalogue([
        IngestStage.self,
        ScanStage.self,
        LabelStage.self,
        FilterStage.self,
        GenerateStage.self,
        CounterfactualStage.self,
        PerturbStage.self,
        EmbedStage.self,
        CentroidFilterStage.self,
        DedupeStage.self,
        MislabelsStage.self,
        SelectStage.self,
        SplitStage.self,
        EvaluateStage.self,
        HealthStage.self,
        ReportStage.self,
    ])
}
