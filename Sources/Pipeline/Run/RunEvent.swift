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
    /// Refusals for want of a usable answer, by code.
    public var failures: [String: Int]
    /// Rows that a source brought and that are no rows; what a setting leaves out is not in it.
    public var badInput = 0
}

/// Times and costs of a stage: `stats.json`, the one file of a folder that differs between two
/// runs that did the same.
public struct StageStatistics: Codable, Sendable {
    public var seconds: Double
    public var cpuSeconds: Double
    /// The highest resident memory of the process so far.
    public var peakMegabytes: Double
    public var jobs: Int
    /// All that was counted, by name; read through a ``Counter``.
    var counters: [String: Double]
    /// The run's number in the workspace.
    public var run: Int64?
    /// SHA-256 of the manifest.
    var manifest: String?
    /// The files as they were when their digests were last known to hold, by path.
    var stamps: [String: FileStamp]?

    init(
        seconds: Double, cpuSeconds: Double, peakMegabytes: Double, jobs: Int,
        counters: [String: Double]
    ) {
        self.seconds = seconds
        self.cpuSeconds = cpuSeconds
        self.peakMegabytes = peakMegabytes
        self.jobs = jobs
        self.counters = counters
    }

    /// What was counted; nil for what the stage does not count.
    public subscript(counter: Counter) -> Double? { counters[counter.name] }

    /// All that was counted, ordered by name.
    public var numbers: [(name: String, value: Double)] {
        counters.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// Rows without a usable answer, by reason.
    public var failedRows: [String: Int] {
        var rows: [String: Int] = [:]
        for (name, number) in counters {
            if let reason = Counter.failureReason(name) { rows[reason] = Int(number) }
        }
        return rows
    }

    static let fileName = "stats.json"

    public static func read(folder: String) -> StageStatistics? {
        JSONFile.decode(Self.self, from: "\(folder)/\(fileName)")
    }

    func write(folder: String) throws(Fault) {
        try JSONFile.encode(self, to: "\(folder)/\(Self.fileName)")
    }
}

/// How a run ended.
public struct RunReport: Sendable {
    public var pipeline: String
    public var folder: String
    /// `release`, when it holds what this run made.
    public var release: String?
    /// What this run published; an older release stands where it published nothing.
    public var released: [String]
    /// Why what this run made is not published; empty when it is, or when there was nothing.
    public var withheld: [String] = []
    /// What the published release has and this run did not make, beyond what is allowed.
    public var shrinkage: [String] = []
    public var olderRelease: OlderRelease?
    public var stages: [StageReport]
    public var seconds: Double
    public var allowance: Allowance

    public init(
        pipeline: String, folder: String, stages: [StageReport], release: String? = nil,
        released: [String] = [], seconds: Double = 0, allowance: Allowance = Allowance()
    ) {
        self.pipeline = pipeline
        self.folder = folder
        self.stages = stages
        self.release = release
        self.released = released
        self.seconds = seconds
        self.allowance = allowance
    }

    public var failedGates: [(stage: String, gate: Manifest.Gate)] {
        stages.flatMap { stage in
            stage.gates.filter { !$0.passed }.map { (stage.stage, $0) }
        }
    }

    public var failedRows: Int { stages.reduce(0) { $0 + $1.failures.values.reduce(0, +) } }

    /// 0 when the work was done, 1 when there are ``reasons`` to look at it.
    public var exitCode: Int32 { reasons.isEmpty ? 0 : 1 }
}

/// A release that an earlier run made, and that this one, which published nothing, left.
public struct OlderRelease: Sendable {
    public var folder: String
    /// What is known of it; nil for one that an earlier version of the program made.
    public var record: ReleaseRecord?
    /// The stages that a whole run would do before it published again, and why; none when the
    /// release is what it would publish.
    public var outdated: [StagePreview]
}
