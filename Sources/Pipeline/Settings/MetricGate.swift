public import Records

/// A bound of the pipeline file on a number of a stage, such as
/// `{metric: dedupe.kept_share, at_least: 0.5}`.
public struct MetricGate: Sendable, Equatable {
    /// The stage that leaves the number, by its name in the pipeline; `release` is the last one.
    public var stage: String
    /// The number's name there: see ``StageMetrics``.
    public var metric: String
    public var least: Double?
    public var most: Double?
    public var place: Fault.Place

    /// What stands for the last stage.
    static let release = "release"

    var name: String { "\(stage).\(metric)" }

    /// `at least 0.5`.
    var bound: String {
        [least.map { "at least \($0)" }, most.map { "at most \($0)" }].compactMap { $0 }
            .joined(separator: ", ")
    }

    static func read(_ reader: SettingsReader) -> [MetricGate] {
        reader.sections("gates", help: "Bounds on numbers that stages leave.").compactMap { one in
            let name = one.optionalString(
                "metric", help: "A stage and one of its numbers: `dedupe.kept_share`.")
            let least = one.optionalNumber(
                "at_least", in: -1e300...1e300, help: "The lowest value that passes.")
            let most = one.optionalNumber(
                "at_most", in: -1e300...1e300, help: "The highest value that passes.")
            one.finish()
            let parts = name?.split(separator: ".", maxSplits: 1).map(String.init) ?? []
            guard parts.count == 2 else {
                one.fault(
                    "metric", "a gate needs `metric`, a stage and one of its numbers",
                    hint: "`metric: dedupe.kept_share`")
                return nil
            }
            if least == nil, most == nil {
                one.fault(nil, "a gate needs `at_least`, `at_most` or both")
            }
            if let least, let most, least > most {
                one.fault("at_least", "`at_least` lies above `at_most`")
            }
            return MetricGate(
                stage: parts[0], metric: parts[1], least: least, most: most, place: one.place)
        }
    }

    func isAbout(_ name: String, isLast: Bool) -> Bool {
        stage == name || stage == Self.release && isLast
    }

    /// The verdict on a stage's numbers; a number that is not there does not pass.
    func judge(_ metrics: StageMetrics) -> Manifest.Gate {
        guard let value = metrics[metric] else {
            let near = NearestName.of(metric, in: metrics.names).map { ", did you mean `\($0)`?" }
            return Manifest.Gate(
                name: name, passed: false,
                detail: "the stage leaves no such number"
                    + (near ?? "; it has \(metrics.names.joined(separator: ", "))"))
        }
        let passed = least.map { value >= $0 } ?? true && most.map { value <= $0 } ?? true
        return Manifest.Gate(name: name, passed: passed, detail: "\(value), \(bound) wanted")
    }
}
