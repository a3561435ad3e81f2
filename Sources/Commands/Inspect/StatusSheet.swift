internal import Pipeline
internal import Records

/// How one pipeline of a workspace stands: its stages, and its releases.
struct StatusSheet {
    private struct Stage {
        var name: String
        var counts: Manifest.Counts?
        /// What a run would do; nil where nobody asked.
        var state: StagePreview.State?
    }

    private let workspace: Workspace
    private let stages: [Stage]
    private let comparesStages: Bool

    /// The stages that are there.
    init(finishedIn workspace: Workspace) {
        self.workspace = workspace
        stages = workspace.finished().map {
            Stage(name: $0.manifest.stage, counts: $0.manifest.counts)
        }
        comparesStages = false
    }

    /// The stages of a pipeline file, beside what a run would do.
    init(_ plan: PipelinePlan, in workspace: Workspace) throws(Fault) {
        self.workspace = workspace
        stages = try StagePreview.of(plan, in: workspace).map {
            Stage(name: $0.stage, counts: $0.manifest?.counts, state: $0.state)
        }
        comparesStages = true
    }

    var lines: [String] {
        let heads = ["stage", "in", "added", "kept", "refused"]
        var table = Table(
            heads + (comparesStages ? ["a run would"] : []), left: comparesStages ? [0, 5] : [0])
        for stage in stages {
            let counts = stage.counts.map { counts in
                [counts.input, counts.added, counts.kept, counts.refused].map(NumberFormat.number)
            }
            table.add(
                [stage.name] + (counts ?? ["", "", "", ""])
                    + (stage.state.map { [StatusCommand.words($0)] } ?? []))
        }
        return ["pipeline \(workspace.pipeline)"] + table.lines + release + withheld
    }

    private var release: [String] {
        guard Paths.isFolder(workspace.release) else { return ["no release yet"] }
        let line = "release: \(workspace.release)"
        guard let record = workspace.releases.published else {
            return [line, "  made by an earlier version; whether its gates passed is not known"]
        }
        var facts = ["since \(record.moment) UTC"]
        if let run = record.run { facts.append("run \(run)") }
        facts.append(NumberFormat.count(record.rows, "row"))
        if let limit = record.limit {
            facts.append("of at most \(NumberFormat.number(limit)) read")
        }
        facts.append(record.passed ? "passed" : "not passed (exit code 1)")
        return [line, "  " + facts.joined(separator: ", ")] + record.reasons.map { "  \($0)" }
    }

    private var withheld: [String] {
        guard let withheld = workspace.releases.withheld else { return [] }
        let run = withheld.run.map { "run \($0) of " } ?? ""
        return [
            "not published: \(run)\(withheld.moment) UTC: "
                + withheld.because.joined(separator: "; ")
        ] + withheld.reasons.map { "  \($0)" }
    }

    var object: JSONObject {
        var object = JSONObject()
        object["pipeline"] = .string(workspace.pipeline.text)
        object["stages"] = .array(stages.map(Self.object))
        object["release"] =
            Paths.isFolder(workspace.release)
            ? .raw(Self.object(workspace.release, workspace.releases.published)) : .null
        object["releases_kept"] = .strings(workspace.releases.names)
        object["withheld"] = workspace.releases.withheld.map { .raw(Self.object($0)) } ?? .null
        return object
    }

    private static func object(_ stage: Stage) -> [UInt8] {
        var object = JSONObject()
        object["stage"] = .string(stage.name)
        object["in"] = JSONOutput.integer(stage.counts?.input)
        object["added"] = JSONOutput.integer(stage.counts?.added)
        object["kept"] = JSONOutput.integer(stage.counts?.kept)
        object["refused"] = JSONOutput.integer(stage.counts?.refused)
        if let state = stage.state {
            object["a_run_would"] = .string(StatusCommand.words(state))
        }
        return object.bytes
    }

    private static func object(_ folder: String, _ record: ReleaseRecord?) -> [UInt8] {
        var object = JSONObject()
        object["folder"] = .string(folder)
        object["name"] = JSONOutput.string(record?.name)
        object["since"] = JSONOutput.string(record?.moment)
        object["run"] = JSONOutput.integer(record?.run.map { Int($0) })
        object["rows"] = JSONOutput.integer(record?.rows)
        object["limit"] = JSONOutput.integer(record?.limit)
        object["passed"] = record.map { .boolean($0.passed) } ?? .null
        object["reasons"] = .strings(record?.reasons ?? [])
        return object.bytes
    }

    private static func object(_ withheld: WithheldRelease) -> [UInt8] {
        var object = JSONObject()
        object["since"] = .string(withheld.moment)
        object["run"] = JSONOutput.integer(withheld.run.map { Int($0) })
        object["rows"] = .integer(withheld.rows)
        object["because"] = .strings(withheld.because)
        object["reasons"] = .strings(withheld.reasons)
        return object.bytes
    }
}
