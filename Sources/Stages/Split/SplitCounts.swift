internal import FoundationEssentials
internal import Pipeline

/// The rows of each split and category, as `splits.json` has them.
public struct SplitCounts: Decodable, Sendable {
    /// The file of ``SplitStage`` beside the splits; ``SplitReport`` writes it.
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
        let path = folders.last { Paths.exists("\($0)/\(fileName)") }.map { "\($0)/\(fileName)" }
        guard let path, let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(SplitCounts.self, from: data)
    }
}
