internal import Dispatch
internal import Pipeline
internal import Providers
internal import Records
internal import Stages
internal import Store

/// One run of a plan: the workspace's lock, the offline server, the runner, and the run log.
struct PipelineSession {
    let plan: PipelinePlan
    let workspace: Workspace
    let options: RunOptions
    let context: Context
    let showsProgress: Bool
    var deadline: Deadline?

    func run() async throws(Fault) -> SessionEnd {
        let timer = deadline?.arm(context.stop)
        defer { timer?.cancel() }
        try FileSystem.makeFolder(workspace.root)
        let store = try WorkspaceStore(path: workspace.storePath)
        let number = try store.runs.begin(pipeline: plan.file.name.text)
        let watch = RunWatch()
        do throws(Fault) {
            let report = try await provided(store, number, watch)
            let state: RunRecord.State = report.exitCode == 0 ? .done : .failed
            try store.runs.finish(
                number, state: state,
                summary: String(decoding: RunJSON.bytes(report), as: UTF8.self))
            try store.close()
            return .finished(report)
        } catch {
            let run = watch.soFar
            // What ended the run is what the user must hear, not what happens to its log.
            try? store.runs.finish(
                number, state: error.kind == .stopped ? .stopped : .failed,
                summary: String(decoding: RunJSON.bytes(error, run), as: UTF8.self))
            try? store.close()
            let isStop = [.stopped, .unavailable].contains(error.kind)
            if isStop, !run.stages.isEmpty || run.underWay != nil { return .stopped(error, run) }
            throw error
        }
    }

    private func provided(
        _ store: WorkspaceStore, _ number: Int64, _ watch: RunWatch
    ) async throws(Fault) -> RunReport {
        guard OfflineProvider.isAsked(by: plan) else {
            return try await perform(store, number, watch, nil)
        }
        return try await OfflineServer.serving(seed: plan.file.seed) { url throws(Fault) in
            try await perform(store, number, watch, url)
        }
    }

    private func perform(
        _ store: WorkspaceStore, _ number: Int64, _ watch: RunWatch, _ offline: String?
    ) async throws(Fault) -> RunReport {
        var options = options
        options.run = number
        options.deadlineMilliseconds = deadline.map { Int64($0.seconds) * 1_000 }
        if let offline { options.endpoints[OfflineProvider.name] = offline }
        let line = ProgressLine(context.console, isQuiet: !showsProgress)
        defer { line.end() }
        return try await Runner(
            plan: plan, workspace: workspace, stores: store.stores, options: options,
            stop: context.stop,
            observe: { event in
                watch.note(event)
                line.show(event)
            }
        ).run()
    }
}
