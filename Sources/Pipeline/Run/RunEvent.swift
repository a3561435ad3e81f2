public import Records

/// What a run says while it goes on; whoever started it decides how to show it.
public enum RunEvent: Sendable {
    /// What may end the run later, found before its first stage.
    case warning(Fault)
    case started(stage: String, number: Int, of: Int)
    case progress(stage: String, StageProgress.State)
    /// What a user must hear at once: an endpoint that gives no answer, say.
    case notice(String)
    case finished(StageReport)
}

/// What became of one stage.
public struct StageReport: Sendable {
    public var stage: String
    public var folder: String
    public var isReused: Bool
    public var counts: Manifest.Counts
    public var statistics: StageStatistics
    public var gates: [Manifest.Gate]
    public var notes: [String]
    /// Refusals that a user must know of, by code.
    public var failures: [String: Int]
}

/// Times and costs of a stage: `stats.json`, the one file of a folder that differs between two
/// runs that did the same.
public struct StageStatistics: Codable, Sendable {
    public var seconds: Double
    public var cpuSeconds: Double
    /// The highest resident memory of the process so far.
    public var peakMegabytes: Double
    public var jobs: Int
    public var counters: [String: Double]
}

/// How a run ended.
public struct RunReport: Sendable {
    public var pipeline: String
    public var folder: String
    public var release: String?
    /// What this run published; an older release stands where it published nothing.
    public var released: [String]
    public var olderRelease: OlderRelease?
    public var stages: [StageReport]
    public var seconds: Double

    public var failedGates: [(stage: String, gate: Manifest.Gate)] {
        stages.flatMap { stage in
            stage.gates.filter { !$0.passed }.map { (stage.stage, $0) }
        }
    }

    public var failedRows: Int { stages.reduce(0) { $0 + $1.failures.values.reduce(0, +) } }

    /// 1 when a gate failed or rows failed, 0 otherwise.
    public var exitCode: Int32 { failedGates.isEmpty && failedRows == 0 ? 0 : 1 }
}

/// A release that an earlier run made, and that this one, which published nothing, left.
public struct OlderRelease: Sendable {
    public var folder: String
    /// The stages that a whole run would do before it published again, and why; none when the
    /// release is what it would publish.
    public var outdated: [StagePreview]
}
