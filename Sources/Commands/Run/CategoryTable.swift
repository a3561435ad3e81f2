internal import FoundationEssentials
internal import Pipeline
internal import Records

/// Rows a category and split, counted in the split files themselves: `train.jsonl` and its like.
///
/// Reads the labels of every line and nothing else; a line that cannot be read is skipped, since
/// this is a summary for a person and the manifest holds the counts that must be right.
enum CategoryTable {
    private static let splits = ["train", "val", "test"]

    private struct Line: Decodable {
        var labels: [String: Int?]?
    }

    /// nil when no stage published splits.
    static func lines(of stages: [StageReport]) -> [String]? {
        guard
            let folder = stages.last(where: { stage in
                splits.contains { Paths.exists("\(stage.folder)/\($0).jsonl") }
            })?.folder
        else { return nil }
        var rows = [Int](repeating: 0, count: splits.count)
        var positives: [String: [Int]] = [:]
        for (index, split) in splits.enumerated() {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(split).jsonl") else {
                continue
            }
            for line in data.split(separator: UInt8(ascii: "\n")) {
                rows[index] += 1
                let labels = (try? JSONDecoder().decode(Line.self, from: line))?.labels ?? [:]
                for (category, value) in labels where value == 1 {
                    positives[category, default: [Int](repeating: 0, count: splits.count)][
                        index] += 1
                }
            }
        }
        var table = Table(["category"] + splits)
        for category in positives.keys.sorted() {
            table.add([category] + (positives[category] ?? []).map(Words.number))
        }
        table.add(["all rows"] + rows.map(Words.number))
        return table.lines
    }
}
