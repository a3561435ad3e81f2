internal import Pipeline
internal import Records

/// A run's report as one JSON object: `curate run --json`, and the run log.
enum RunJSON {
    static func bytes(_ report: RunReport) -> [UInt8] {
        var object = JSONObject()
        object["pipeline"] = .string(report.pipeline)
        object["exit_code"] = .integer(Int(report.exitCode))
        object["reasons"] = .strings(report.reasons)
        object["folder"] = .string(report.folder)
        object["release"] = JSONOutput.string(report.release)
        object["released"] = .strings(report.released)
        object["withheld"] = .strings(report.withheld)
        object["older_release"] = report.olderRelease.map { .raw(older($0)) } ?? .null
        object["seconds"] = .number(report.seconds)
        object["stages"] = .array(report.stages.map(stage))
        object["exit"] = .integer(Int(report.exitCode))
        return object.bytes
    }

    /// How a run ended that did not reach its end, and what it did.
    static func bytes(_ fault: Fault, _ run: UnfinishedRun) -> [UInt8] {
        var object = JSONObject()
        JSONOutput.add(fault, to: &object)
        object["stages"] = .array(run.stages.map(stage))
        if let (stage, progress) = run.underWay {
            var part = JSONObject()
            part["stage"] = .string(stage)
            part["rows"] = .integer(progress.done)
            part["of"] = JSONOutput.integer(progress.total)
            part["detail"] = .string(progress.detail)
            object["stopped_in"] = .raw(part.bytes)
        }
        return object.bytes
    }

    private static func older(_ release: OlderRelease) -> [UInt8] {
        var object = JSONObject()
        object["folder"] = .string(release.folder)
        object["outdated"] = .strings(release.outdated.map(\.stage))
        return object.bytes
    }

    private static func stage(_ report: StageReport) -> [UInt8] {
        var object = JSONObject()
        object["stage"] = .string(report.stage)
        object["folder"] = .string(report.folder)
        object["reused"] = .boolean(report.isReused)
        object["in"] = .integer(report.counts.input)
        object["added"] = .integer(report.counts.added)
        object["kept"] = .integer(report.counts.kept)
        object["refused"] = .integer(report.counts.refused)
        object["refused_by_reason"] = JSONOutput.counts(report.counts.refusedByReason)
        object["failures"] = JSONOutput.counts(report.failures)
        object["gates"] = .array(
            report.gates.map { gate in
                var object = JSONObject()
                object["name"] = .string(gate.name)
                object["passed"] = .boolean(gate.passed)
                object["detail"] = .string(gate.detail)
                return object.bytes
            })
        object["notes"] = .strings(report.notes)
        object["seconds"] = .number(report.statistics.seconds)
        object["cpu_seconds"] = .number(report.statistics.cpuSeconds)
        object["peak_megabytes"] = .number(report.statistics.peakMegabytes)
        var counters = JSONObject()
        for (name, value) in report.statistics.numbers {
            counters[name] = value.isFinite ? .number(value) : .null
        }
        object["counters"] = .raw(counters.bytes)
        return object.bytes
    }
}
