internal import Records
internal import StoreProtocols

extension Runner {
    /// Does the steps of a stage, by workers where there are some.
    func perform(
        _ stage: any Stage, _ context: StageContext, _ pool: WorkerPool?
    ) async throws(Fault) {
        var graph = StepGraph()
        try stage.steps(&graph)
        guard let pool else {
            var run = StageRun(graph, context, ThreadExecutor())
            return try await run.run()
        }
        let parts = Self.parts(of: context.folder)
        try FileSystem.makeFolder(parts)
        var run = StageRun(graph, context, WorkerExecutor(pool, parts: parts))
        try await run.run()
        FileSystem.remove(parts)
    }

    /// Where workers put their files; gone before the manifest is written.
    private static func parts(of folder: String) -> String { "\(folder)/parts" }

    /// The workers of a stage; nil where threads do its steps.
    func workers(
        of stage: Int, reading input: String, for folder: String
    ) -> WorkerPool? {
        guard let settings = options.workers, settings.count > 0 else { return nil }
        let setup = WorkerSetup(
            pipeline: settings.pipeline, stage: stage, input: input,
            parts: Self.parts(of: folder), jobs: max(1, options.jobs / settings.count))
        let pool = WorkerPool(
            count: settings.count, command: settings.command, setup: setup,
            vectors: stores.vectors)
        stop.whenSet { [weak pool] _ in pool?.stop() }
        return pool
    }
}
