internal import ArgumentParser
internal import Pipeline
internal import Records

struct ValidateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a pipeline file and all that it names, and report every fault.")

    @Argument(help: "The pipeline file.", completion: .pipelineFile)
    var file: String

    @OptionGroup var pipeline: PipelineOptions

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.check(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        Preflight.unready(plan).forEach(context.console.warn)
        context.console.print("ok: \(Words.count(plan.steps.count, "stage"))")
        try context.console.checkOutput()
        return 0
    }
}
