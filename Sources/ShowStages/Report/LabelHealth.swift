internal import FoundationEssentials
internal import Records
internal import StageKit

/// The content of `summary.json`, which `mislabels` writes: what it found of each category.
struct LabelHealth: Sendable, Equatable {
    struct Category: Codable, Sendable, Equatable {
        /// Rows with a known label, and those of them that have the category.
        var rows: Int
        var positives: Int
        var unsupported: Bool
        var unsupportedBecause: String?
        var flagged: Int
        var contradictions: Int
        /// One minus the estimated share of wrong labels, 0...1; absent when nothing was judged.
        var labelHealth: Double?
        /// Of several categories a row: labels 0 that are likely 1, and labels 1 that are likely 0.
        var likelyMissing: Int?
        var likelySuperfluous: Int?
        /// Of one category a row: how many of the category's labels belong to which others.
        var likelyOthers: [String: Int]?
        var decided: Int
        var wrong: Int
        var wrongShareLow: Double?
        var wrongShareHigh: Double?
        var relabelAll: Bool
    }

    /// A cell of the noise matrix off its diagonal.
    struct Pair: Sendable, Equatable {
        let given: String
        let likely: String
        let labels: Int
        /// Of the given category's labels.
        let share: Double
    }

    /// In the order of the file, which is the names' by their bytes.
    let categories: [(name: String, found: Category)]

    static func == (one: LabelHealth, other: LabelHealth) -> Bool {
        one.categories.elementsEqual(other.categories) { $0 == $1 }
    }

    /// Nil for bytes that are no such file.
    init?(_ file: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let found = try? decoder.decode([String: Category].self, from: Data(file)) else {
            return nil
        }
        categories = found.map { ($0.key, $0.value) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The pairs of categories of which labels are likely mixed up, the most labels first.
    var pairs: [Pair] {
        categories.flatMap { given, found in
            (found.likelyOthers ?? [:]).ranked.map { other in
                Pair(
                    given: given, likely: other.name, labels: other.rows,
                    share: Double(other.rows) / Double(max(1, found.positives)))
            }
        }.sorted {
            $0.labels == $1.labels
                ? ($0.given, $0.likely) < ($1.given, $1.likely) : $0.labels > $1.labels
        }
    }
}
