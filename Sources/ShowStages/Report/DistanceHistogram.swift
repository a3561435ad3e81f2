internal import FoundationEssentials

/// How many rows lie at which cosine distance from a category's centroid.
struct DistanceHistogram: Sendable, Equatable {
    var category: String
    /// Rows per bin; bins are equally wide from `low` to `high`.
    var counts: [Int]
    var low: Double
    var high: Double
    /// The smallest distance, or margin, of an outlier; nil when there is none.
    var threshold: Double?
    /// Whether these are margins.
    var isMargin = false

    /// The histograms in the `distances.json` that centroid-filter writes, in order of categories;
    /// none when it is not one.
    static func read(_ bytes: [UInt8]) -> [DistanceHistogram] {
        guard let file = try? JSONDecoder().decode(DistancesFile.self, from: Data(bytes)) else {
            return []
        }
        return file.categories.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .filter { !$0.value.distances.isEmpty }
            .map { category, entry in
                let isMargin = file.by == "margin"
                let counts = isMargin ? entry.margins ?? [] : entry.distances
                let low = isMargin ? file.margins_from ?? 0 : file.distances_from
                return DistanceHistogram(
                    category: category, counts: counts, low: low,
                    high: low + file.bin_width * Double(counts.count),
                    threshold: entry.threshold, isMargin: isMargin)
            }
    }

    init(
        category: String, counts: [Int], low: Double, high: Double, threshold: Double? = nil,
        isMargin: Bool = false
    ) {
        self.threshold = threshold
        self.isMargin = isMargin
        self.category = category
        self.counts = counts
        self.low = low
        self.high = high
    }

    /// The bins that hold rows, joined to at most 60 bars, and the range that these cover.
    var shown: (counts: [Int], low: Double, high: Double) {
        guard let first = counts.firstIndex(where: { $0 > 0 }),
            let last = counts.lastIndex(where: { $0 > 0 })
        else { return ([], low, high) }
        let width = (high - low) / Double(counts.count)
        let joined = (last - first) / 60 + 1
        var bars: [Int] = []
        for from in stride(from: first, through: last, by: joined) {
            bars.append(counts[from..<min(from + joined, counts.count)].reduce(0, +))
        }
        let start = low + Double(first) * width
        return (bars, start, start + Double(bars.count * joined) * width)
    }
}

/// What the report reads of `distances.json`; the keys are the file's.
private struct DistancesFile: Decodable {
    struct Entry: Decodable {
        var distances: [Int]
        var margins: [Int]?
        var threshold: Double?
    }

    var by: String?
    var bin_width: Double
    var distances_from: Double
    var margins_from: Double?
    var categories: [String: Entry]
}
