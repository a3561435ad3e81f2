internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// The given labels, and which categories have rows enough to be judged.
struct LabelSurvey: Sendable {
    let categories: [String]
    let reading: SingleLabelSetting.Reading
    /// One a category.
    let findings: [CategoryFinding]
    /// The columns of the categories that are judged.
    let supported: [Int]
    /// The known labels of rows whose vectors say something, all categories.
    let learnt: LabelTable
    /// The labels of the categories that are judged; nil when there is nothing to judge.
    let given: GivenLabels?

    /// - Parameter canFold: Whether the training rows make two folds.
    init(
        _ rows: LabelledRows, _ settings: MislabelSettings, _ taxonomy: Taxonomy?, canFold: Bool
    ) throws(Fault) {
        categories = rows.categories(declared: taxonomy?.categories.map(\.id) ?? [])
        let reading = settings.singleLabel.reading(
            try rows.table(categories), taxonomy: taxonomy)
        self.reading = reading
        let labels = reading.labels.withoutLabels(of: { rows.isBlind[$0] })
        learnt = labels
        let classes = reading.isSingleLabel ? Self.classes(labels) : []
        var findings = labels.columns.enumerated().map { category, column in
            var finding = CategoryFinding(
                rows: column.count { $0 >= 0 }, minimumRows: settings.minimumRows)
            finding.positives =
                reading.isSingleLabel
                ? classes.count { $0 == category } : column.count { $0 == 1 }
            let fewer =
                reading.isSingleLabel
                ? finding.positives : min(finding.positives, finding.rows - finding.positives)
            finding.isSupported = fewer >= settings.minimumRows
            return finding
        }
        let supported = findings.indices.filter { findings[$0].isSupported }
        let canJudge = canFold && supported.count > (reading.isSingleLabel ? 1 : 0)
        if reading.isSingleLabel, !canJudge {
            for category in supported { findings[category].isSupported = false }
        }
        self.findings = findings
        self.supported = supported
        if !canJudge {
            given = nil
        } else if reading.isSingleLabel {
            given = .classes(Self.places(classes, of: supported), count: supported.count)
        } else {
            given = .table(
                try LabelTable(
                    rows: labels.rows, columns: supported.map { labels.columns[$0] }))
        }
    }

    /// The category of each row; ``GivenLabels/unknown`` when none or several are 1.
    private static func classes(_ labels: LabelTable) -> [Int32] {
        var classes = [Int32](repeating: GivenLabels.unknown, count: labels.rows)
        let several = Int32.min
        for (category, column) in labels.columns.enumerated() {
            for (row, label) in column.enumerated() where label == 1 {
                classes[row] =
                    classes[row] == GivenLabels.unknown ? Int32(category) : several
            }
        }
        return classes.map { max($0, GivenLabels.unknown) }
    }

    /// Classes by their places among the supported ones.
    private static func places(_ classes: [Int32], of supported: [Int]) -> [Int32] {
        classes.map { category in
            if category < 0 { return GivenLabels.unknown }
            return supported.firstIndex(of: Int(category)).map { Int32($0) } ?? GivenLabels.other
        }
    }
}
