public import Records

/// The spread of a list of distances, by its order statistics.
///
/// Values are sorted first, so the order of the list does not matter. Time O(n log n).
public struct DistanceStatistics: Sendable, Equatable {
    /// The distances in rising order; not empty.
    private let sorted: [Double]
    public let median: Double
    /// The median of the absolute deviations from the median.
    public let medianDeviation: Double

    /// Throws a `badData` fault when there are no distances, or one is not a number.
    public init(_ distances: [Double]) throws(Fault) {
        guard !distances.isEmpty, distances.allSatisfy({ !$0.isNaN }) else {
            throw Fault(.badData, "there are no distances, or one is not a number")
        }
        let sorted = distances.sorted()
        let median = Self.percentile(50, of: sorted)
        self.sorted = sorted
        self.median = median
        medianDeviation = Self.percentile(50, of: distances.map { abs($0 - median) }.sorted())
    }

    /// The percentile (0...100), with linear interpolation: NumPy's default method.
    public func percentile(_ percent: Double) -> Double {
        Self.percentile(percent, of: sorted)
    }

    /// Φ⁻¹(3/4) · (x - median) / MAD, 0 for every x when the MAD is 0.
    ///
    /// Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers": outliers are above 3.5.
    public func robustZ(_ distance: Double) -> Double {
        if medianDeviation == 0 { return 0 }
        return 0.674_489_750_196_081_7 * (distance - median) / medianDeviation
    }

    /// The third quartile plus 1.5 interquartile ranges (Tukey 1977).
    public var upperFence: Double {
        let third = percentile(75)
        return third + 1.5 * (third - percentile(25))
    }

    private static func percentile(_ percent: Double, of sorted: [Double]) -> Double {
        let place = min(max(percent, 0), 100) / 100 * Double(sorted.count - 1)
        let below = Int(place)
        if below + 1 >= sorted.count { return sorted[sorted.count - 1] }
        let share = place - Double(below)
        // NumPy's own form, which keeps both ends exact.
        let step = sorted[below + 1] - sorted[below]
        return share < 0.5
            ? sorted[below] + step * share : sorted[below + 1] - step * (1 - share)
    }
}

/// How far is too far from a centre.
///
/// No rule is right for every set: a percentile always removes its share, a robust z flags every
/// row of a minority mode. Use several centres or the margin for sets with modes, and review
/// rather than drop.
public enum DistanceThreshold: Sendable, Equatable {
    /// Farther than this distance.
    case distance(Double)
    /// Farther than this percentile (0...100) of the distances.
    case percentile(Double)
    /// A modified z score above this; 3.5 is Iglewicz and Hoaglin's.
    case robustZ(Double)
    /// All but so many nearest; among equal distances the smaller index stays.
    case keep(Int)

    /// The places in `distances` that lie too far, rising.
    ///
    /// Throws a `configuration` fault for a threshold out of range and a `badData` fault for a
    /// distance that is not a number. No distances have no outliers.
    public func outliers(_ distances: [Double]) throws(Fault) -> [Int] {
        try validate()
        if distances.isEmpty { return [] }
        let statistics = try DistanceStatistics(distances)
        switch self {
        case .distance(let limit):
            return distances.indices.filter { distances[$0] > limit }
        case .percentile(let percent):
            let limit = statistics.percentile(percent)
            return distances.indices.filter { distances[$0] > limit }
        case .robustZ(let limit):
            return distances.indices.filter { statistics.robustZ(distances[$0]) > limit }
        case .keep(let count):
            let order = distances.indices.sorted {
                (distances[$0], $0) < (distances[$1], $1)
            }
            return order.dropFirst(count).sorted()
        }
    }

    private func validate() throws(Fault) {
        let isValid =
            switch self {
            case .distance(let limit): limit >= 0
            case .percentile(let percent): (0...100).contains(percent)
            case .robustZ(let limit): !limit.isNaN
            case .keep(let count): count >= 0
            }
        if !isValid { throw Fault(.configuration, "a distance threshold is out of range") }
    }
}
