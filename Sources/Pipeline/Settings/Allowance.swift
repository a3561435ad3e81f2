internal import Records

/// What share of the rows may go wrong, or be lost, before a run ends with exit code 1.
///
/// ```yaml
/// allow: {refused: 0.5, failed: 0.05, shrink: 0.5}
/// ```
///
/// Rows that a filter refuses, and those that a source leaves out because a setting says so, are
/// the work and count nowhere here.
public struct Allowance: Sendable, Equatable {
    /// Of a source's rows: those that are no rows, such as broken JSON or a text that is missing.
    public var refused = 0.5
    /// Of a stage's rows: those that got no usable answer; also the default of `label.max_failed`.
    public var failed = 0.05
    /// Of the published release's rows, over all and of a category: those that a new release may
    /// be short of and still take its place.
    public var shrink = 0.5

    public init() {}

    /// Reads the section and finishes it.
    init(_ settings: SettingsReader) {
        refused = settings.number(
            "refused", refused, in: 0...1,
            help: "The share of a source's rows that may be unreadable.")
        failed = settings.number(
            "failed", failed, in: 0...1,
            help: "The share of a stage's rows that may get no usable answer.")
        shrink = settings.number(
            "shrink", shrink, in: 0...1,
            help: "The share of the published release's rows, over all and of a category, that a "
                + "new release may be short of; 1 for any.")
        settings.finish()
    }

    /// `5 %`.
    static func percent(_ share: Double) -> String {
        let percent = share * 100
        return percent == percent.rounded()
            ? "\(NumberFormat.number(Int(percent))) %" : "\(NumberFormat.tenths(percent)) %"
    }
}
