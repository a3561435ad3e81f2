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
    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.check(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let warnings = Preflight.unready(plan) + Preflight.warnings(plan)
        warnings.forEach(context.console.warn)
        if format.json {
            var object = JSONObject()
            object["pipeline"] = .string(plan.file.name.text)
            object["stages"] = .strings(plan.steps.map(\.entry.name))
            object["warnings"] = .strings(warnings.map { Redaction.redact("\($0)") })
            return try context.console.print(object, exit: 0)
        }
        context.console.print("ok: \(NumberFormat.count(plan.steps.count, "stage"))")
        try context.console.checkOutput()
        return 0
    }
}
