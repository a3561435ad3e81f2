package import Pipeline
package import Records
package import Vectors

/// Whether each row has exactly one category, so that a row of one is known to have no other.
///
/// Without that, data that names one class a row (`text,label`) has no known 0 at all, and nothing
/// that trains or measures has anything to compare with.
package enum SingleLabelSetting: String, CaseIterable, Sendable {
    /// What the taxonomy says; without a taxonomy, what the rows show.
    case auto
    case yes = "true"
    case no = "false"

    /// With fewer labelled rows, one category each may be chance, and nothing is taken from it.
    package static let minimumRows = 20

    package static func read(_ settings: SettingsReader) -> SingleLabelSetting {
        settings.choice(
            "single_label", .auto,
            help: "Whether a text has exactly one category, so that its other categories are 0: "
                + "`auto` takes the taxonomy's word and, without a taxonomy, finds it in rows that "
                + "all have one label 1 and no label 0.")
    }

    /// The labels with what follows from the answer, and the answer.
    package struct Reading: Sendable {
        package var labels: LabelTable
        package var isSingleLabel: Bool
        /// Whether only the rows say so.
        package var isDetected: Bool

        /// A sentence for the user; nil when the taxonomy or the setting said it.
        package var note: String? {
            guard isDetected else { return nil }
            return "every labelled row has one label 1 and no label 0 is known, so a row of one "
                + "category counts as 0 in the others; `single_label: false` keeps them unknown"
        }
    }

    package func reading(_ labels: LabelTable, taxonomy: Taxonomy?) -> Reading {
        let isDetected =
            self == .auto && taxonomy == nil
            && labels.showsOneCategoryARow(minimumRows: Self.minimumRows)
        let isSingle =
            switch self {
            case .auto: taxonomy?.isSingleLabel ?? isDetected
            case .yes: true
            case .no: false
            }
        return Reading(
            labels: isSingle ? labels.completedByExclusion() : labels, isSingleLabel: isSingle,
            isDetected: isDetected)
    }

    /// What to do about categories without a known 0.
    ///
    /// - Parameter isSingleLabel: Whether a text has exactly one category, so that any text of
    ///   another one would be a known 0.
    package static func remedy(isSingleLabel: Bool) -> String {
        isSingleLabel
            ? "a text has exactly one category here, and there is none of another one: add some"
            : "give `single_label: true` where a text has exactly one category, or a taxonomy with "
                + "`unlisted: zero` in the source where a category that is not listed does not "
                + "apply"
    }
}
