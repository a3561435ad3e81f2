/// The interval of the ratio of two shares with 95 % confidence.
///
/// On the logarithm, with half a row added to every count (Walter 1975; Pettigrew, Gart, Thomas
/// 1986), so that it is finite also where one share is 0.
public struct ShareRatio: Sendable, Equatable {
    /// The ends, above 0.
    public let low: Double
    public let high: Double

    /// The normal quantile of 0.975.
    private static let z = 1.959_963_984_540_054

    /// Nil without trials on both sides.
    ///
    /// - Parameters:
    ///   - successes: 0 to `trials`.
    ///   - others: The successes of the share that is divided by, 0 to `otherTrials`.
    public init?(
        _ successes: Int, of trials: Int, to others: Int, of otherTrials: Int
    ) {
        if trials <= 0 || otherTrials <= 0 { return nil }
        let (a, n) = (Double(successes) + 0.5, Double(trials) + 0.5)
        let (b, m) = (Double(others) + 0.5, Double(otherTrials) + 0.5)
        let centre = StableMath.logarithm(a / n) - StableMath.logarithm(b / m)
        let half = Self.z * max(0, 1 / a - 1 / n + 1 / b - 1 / m).squareRoot()
        low = StableMath.exponential(centre - half)
        high = StableMath.exponential(centre + half)
    }
}
