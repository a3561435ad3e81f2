internal import Records

/// Rows by a label of theirs, for a message that lists the most frequent ones.
///
/// The labels are those of strangers, so their number and what is shown of one are bounded: where
/// a setting names the wrong column, a label may be a whole text.
struct LabelCounts: Sendable {
    /// Labels that are told apart; rows of further ones count in `rows` alone.
    static let most = 1_000
    private static let listed = 5
    private static let shownScalars = 40

    private(set) var rows = 0
    private var byLabel: [String: Int] = [:]

    mutating func add(_ label: String) {
        rows += 1
        let label = Self.shown(label)
        if byLabel[label] != nil || byLabel.count < Self.most { byLabel[label, default: 0] += 1 }
    }

    /// A label as messages show it: its first 40 characters.
    static func shown(_ label: String) -> String {
        let head = label.unicodeScalars.prefix(shownScalars)
        return head.endIndex == label.unicodeScalars.endIndex ? label : String(head) + "…"
    }

    /// The labels, the most frequent first.
    var labels: [String] {
        byLabel.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// `` `nan` 12, `NULL` 3, and 2 more ``, each with what `hint` says of it.
    func words(_ hint: (String) -> String? = { _ in nil }) -> String {
        let labels = labels
        let shown = labels.prefix(Self.listed).map { label in
            "`\(label)` \(NumberFormat.number(byLabel[label] ?? 0))"
                + (hint(label).map { " (\($0))" } ?? "")
        }
        let rest = labels.count - shown.count
        return shown.joined(separator: ", ")
            + (rest > 0 ? ", and \(NumberFormat.number(rest)) more" : "")
    }
}
