internal import Records

/// A percentile bootstrap interval of a statistic over rows.
///
/// Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
public struct BootstrapInterval: Sendable, Equatable {
    /// The statistic of the rows themselves; nil when undefined there.
    public let value: Double?
    public let low: Double
    public let high: Double
    /// How many of the resamples gave the statistic a value.
    public let defined: Int

    /// Resamples the rows with replacement; nil when no resample gives the statistic a value.
    ///
    /// Judge a difference of two systems by a statistic that computes both on the same rows.
    ///
    /// - Parameters:
    ///   - rows: how many rows there are.
    ///   - resamples: at least 1.
    ///   - confidence: the share of the resamples between the ends, between 0 and 1.
    ///   - statistic: the value on some rows, which may repeat; nil or NaN for undefined.
    public init?(
        rows: Int, resamples: Int = 1_000, confidence: Double = 0.95, seed: UInt64,
        purpose: String, statistic: ([Int]) -> Double?
    ) {
        if rows <= 0 { return nil }
        var values: [Double] = []
        var sample = [Int](repeating: 0, count: rows)
        for resample in 0..<max(1, resamples) {
            var draws = CounterRNG(seed: seed, purpose: purpose, id: "\(resample)")
            for at in sample.indices { sample[at] = draws.below(rows) }
            if let value = statistic(sample), !value.isNaN { values.append(value) }
        }
        if values.isEmpty { return nil }
        values.sort()
        let tail = (1 - min(max(confidence, 0), 1)) / 2
        value = statistic(Array(0..<rows))
        low = Self.quantile(values, tail)
        high = Self.quantile(values, 1 - tail)
        defined = values.count
    }

    /// The quantile of ascending values by linear interpolation, as numpy's default.
    static func quantile(_ values: [Double], _ share: Double) -> Double {
        let place = share * Double(values.count - 1)
        let below = Int(place)
        let above = min(below + 1, values.count - 1)
        let part = place - Double(below)
        // Not a difference: two infinite neighbours would give NaN.
        return part == 0 ? values[below] : values[below] * (1 - part) + values[above] * part
    }
}
