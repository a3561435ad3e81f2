internal import Pipeline
internal import Records

/// Rows a category and split, of the last stage that split its rows.
enum CategoryTable {
    private static let splits = ["train", "val", "test"]

    /// nil when no stage split rows.
    static func lines(of stages: [StageReport]) -> [String]? {
        guard let counts = SplitCounts.ofLastSplit(in: stages.map(\.folder)) else { return nil }
        var table = Table(["category"] + splits)
        for category in counts.categories.keys.sorted() {
            let positives = splits.map { counts.categories[category]?[$0]?.positive ?? 0 }
            if positives.contains(where: { $0 > 0 }) {
                table.add([category] + positives.map(NumberFormat.number))
            }
        }
        table.add(["all rows"] + splits.map { NumberFormat.number(counts.rows[$0] ?? 0) })
        if let unlabelled = counts.rows["unlabelled"], unlabelled > 0 {
            table.add(["unlabelled", NumberFormat.number(unlabelled)])
        }
        return table.lines
    }
}
