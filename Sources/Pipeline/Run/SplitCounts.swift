internal import FoundationEssentials

/// The rows of each split and category, as `splits.json` has them.
public struct SplitCounts: Decodable, Sendable {
    /// The file beside the splits, which the stage that splits rows writes.
    public static let fileName = "splits.json"

    public struct Cell: Decodable, Sendable {
        public var positive: Int
        public var negative: Int
    }

    /// By the split's name: `train`, `val`, `test`, `unlabelled`.
    public var rows: [String: Int]
    /// By category and split.
    public var categories: [String: [String: Cell]]

    /// Of the last stage that split its rows; nil where none did.
    ///
    /// - Parameter folders: The stages' folders, in order.
    public static func ofLastSplit(in folders: [String]) -> SplitCounts? {
        folders.last { Paths.exists("\($0)/\(fileName)") }.flatMap(of)
    }

    /// Of one stage; nil where it split no rows.
    static func of(folder: String) -> SplitCounts? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(fileName)") else {
            return nil
        }
        return try? JSONDecoder().decode(SplitCounts.self, from: data)
    }

    /// Rows of train, val and test by category that is 1.
    var positives: [String: Int] {
        categories.mapValues { cells in
            ["train", "val", "test"].reduce(0) { $0 + (cells[$1]?.positive ?? 0) }
        }.filter { $0.value > 0 }
    }
}
