/// The interval of a share with 95 % confidence, sound for few rows and for shares near 0 and 1.
///
/// Wilson 1927; Brown, Cai and DasGupta 2001.
public struct WilsonInterval: Sendable, Equatable {
    /// The ends, 0...1.
    public let low: Double
    public let high: Double

    /// The normal quantile of 0.975.
    private static let z = 1.959_963_984_540_054

    /// Nil without a trial.
    ///
    /// - Parameters:
    ///   - successes: 0 to `trials`.
    ///   - trials: How many were looked at.
    public init?(successes: Int, of trials: Int) {
        if trials <= 0 { return nil }
        let (n, square) = (Double(trials), Self.z * Self.z)
        let share = Double(successes) / n
        let centre = (share + square / (2 * n)) / (1 + square / n)
        let half =
            Self.z * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
            / (1 + square / n)
        low = successes == 0 ? 0 : max(0, centre - half)
        high = successes == trials ? 1 : min(1, centre + half)
    }
}
