/// How many rows lie at which cosine distance from a category's centroid.
struct DistanceHistogram: Sendable, Equatable {
    var category: String
    /// Rows per bin; bins are equally wide from `low` to `high`.
    var counts: [Int]
    var low: Double
    var high: Double
    var threshold: Double?

    /// The histograms in `distances.json`, by category; what is not one is passed over.
    ///
    /// A mapping from category to a list of counts, or to an object with that list and, where
    /// known, the range and the threshold; also a list of such objects. Without a range it is
    /// that of a cosine distance, 0 to 2.
    static func read(_ bytes: [UInt8]) -> [DistanceHistogram] {
        guard var root = LooseJSON(bytes) else { return [] }
        let shared = root
        while let inner = root.first(["categories", "histograms", "distances"]) { root = inner }
        switch root {
        case .object(let members):
            return members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .compactMap { key in
                    members[key].flatMap { DistanceHistogram(key, $0, shared: shared) }
                }
        case .list(let values):
            return values.compactMap { value in
                guard let name = value.first(["category", "name"])?.string else { return nil }
                return DistanceHistogram(name, value, shared: shared)
            }
        default: return []
        }
    }

    init(category: String, counts: [Int], low: Double, high: Double, threshold: Double? = nil) {
        self.category = category
        self.counts = counts
        self.low = low
        self.high = high
        self.threshold = threshold
    }

    private init?(_ category: String, _ value: LooseJSON, shared: LooseJSON) {
        guard
            let list = value.list
                ?? value.first(["counts", "histogram", "bins", "rows"])?.list
        else { return nil }
        let counts = list.compactMap { number in
            number.number.flatMap { $0 >= 0 && $0 < 1e15 ? Int($0) : nil }
        }
        guard counts.count == list.count, !counts.isEmpty else { return nil }
        func number(_ keys: [String]) -> Double? {
            (value.first(keys) ?? shared.first(keys))?.number
        }
        let low = number(["low", "from", "minimum", "min"]) ?? 0
        let width = number(["width", "bin_width", "step"])
        let high =
            number(["high", "to", "maximum", "max"])
            ?? width.map { low + $0 * Double(counts.count) } ?? 2
        guard low.isFinite, high.isFinite, high > low else { return nil }
        self.init(
            category: category, counts: counts, low: low, high: high,
            threshold: number(["threshold", "limit", "cut"]))
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
