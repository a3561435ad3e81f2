internal import Pipeline
internal import Records

/// A run's report as one JSON object: `curate run --json`, and the run log.
enum RunJSON {
    static func bytes(_ report: RunReport) -> [UInt8] {
        var object = JSONObject()
        object["pipeline"] = .string(report.pipeline)
        object["folder"] = .string(report.folder)
        object["release"] = report.release.map { .string($0) } ?? .null
        object["released"] = .strings(report.released)
        object["older_release"] = report.olderRelease.map { .raw(older($0)) } ?? .null
        object["exit_code"] = .integer(Int(report.exitCode))
        object["seconds"] = .number(report.seconds)
        object["stages"] = .raw(array(report.stages.map(stage)))
        return object.bytes
    }

    /// How a run ended that did not reach its end.
    static func bytes(_ fault: Fault) -> [UInt8] {
        var object = JSONObject()
        object["exit_code"] = .integer(Int(fault.kind.exitCode))
        object["kind"] = .string(fault.kind.rawValue)
        object["errors"] = .strings(
            fault.all.map { Redaction.redact(Console.text($0)) })
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
        object["refused_by_reason"] = .raw(counts(report.counts.refusedByReason))
        object["failures"] = .raw(counts(report.failures))
        object["gates"] = .raw(
            array(
                report.gates.map { gate in
                    var object = JSONObject()
                    object["name"] = .string(gate.name)
                    object["passed"] = .boolean(gate.passed)
                    object["detail"] = .string(gate.detail)
                    return object.bytes
                }))
        object["notes"] = .strings(report.notes)
        object["seconds"] = .number(report.statistics.seconds)
        object["cpu_seconds"] = .number(report.statistics.cpuSeconds)
        object["peak_megabytes"] = .number(report.statistics.peakMegabytes)
        var counters = JSONObject()
        for (name, value) in report.statistics.counters.sorted(by: { $0.key < $1.key }) {
            counters[name] = value.isFinite ? .number(value) : .null
        }
        object["counters"] = .raw(counters.bytes)
        return object.bytes
    }

    private static func counts(_ counts: [String: Int]) -> [UInt8] {
        var object = JSONObject()
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            object[name] = .integer(count)
        }
        return object.bytes
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")])
            + [UInt8(ascii: "]")]
    }
}
