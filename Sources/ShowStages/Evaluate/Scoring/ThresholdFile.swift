internal import FoundationEssentials
internal import Pipeline
internal import Records
internal import Vectors

/// The content of `thresholds.json`: from which score on a row is decided to have a category.
struct ThresholdFile: Codable, Sendable, Equatable {
    static let name = "thresholds.json"

    struct Threshold: Codable, Sendable, Equatable {
        var threshold: Double
        /// False for a default: val lacked a known 1 or a known 0.
        var isTuned: Bool
        /// What the tuning maximised.
        var objective: String
        /// On which rows: `val`.
        var tunedOn: String?
        var positives: Int
        var negatives: Int
        /// What the threshold reaches on those rows.
        var value: Double?
        var precision: Double?
        var recall: Double?
    }

    /// The bounds of the tuning; absent for none.
    var floor: Double?
    var cap: Double?
    var categories: [String: Threshold]

    init(_ rows: EvaluationRows, _ fittedRun: FittedRun, _ settings: EvaluationSettings) {
        let range = settings.tuning.range
        floor = range.lowerBound.isFinite ? range.lowerBound : nil
        cap = range.upperBound.isFinite ? range.upperBound : nil
        categories = [:]
        for (index, category) in rows.categories.enumerated() {
            guard let threshold = fittedRun.thresholds[index] else { continue }
            let labels = rows.labels(of: index, rows.val)
            let tuned = fittedRun.tuned[index]
            categories[category] = Threshold(
                threshold: threshold, isTuned: tuned != nil,
                objective: settings.tuning.objective, tunedOn: tuned == nil ? nil : "val",
                positives: labels.count { $0 == 1 }, negatives: labels.count { $0 == 0 },
                value: tuned?.value, precision: tuned?.precision, recall: tuned?.recall)
        }
    }

    /// - Throws: `configuration` when there is no such file, `badData` for one of another form.
    init(path: String) throws(Fault) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(.configuration, "the file of thresholds cannot be read", at: .file(path))
        }
        do {
            self = try JSONDecoder().decode(ThresholdFile.self, from: data)
        } catch {
            throw Fault(
                .badData, "the file holds no thresholds as `evaluate` writes them",
                at: .file(path),
                hint: #"it is `thresholds.json` of a release"#)
        }
        for (category, one) in categories where !one.threshold.isFinite {
            throw Fault(
                .badData, "the threshold of `\(category)` is not a number", at: .file(path))
        }
    }
}
