internal import Pipeline
internal import Records
internal import Vectors

/// How far is too far, for one category.
struct CentroidRule: Sendable {
    var limit: DistanceThreshold
    /// Categories with fewer rows stay untouched.
    var minimumRows: Int

    /// Iglewicz and Hoaglin 1993: outliers have a modified z score above 3.5.
    static let standard = CentroidRule(limit: .robustZ(3.5), minimumRows: 10)

    /// Reads a rule; what is not given is taken from `base`.
    static func read(_ settings: SettingsReader, base: CentroidRule) -> CentroidRule {
        let threshold = settings.optionalNumber(
            "threshold", in: -2...2, help: "Farther than this is an outlier.")
        let percentile = settings.optionalNumber(
            "percentile", in: 0...100, help: "Farther than this percentile of the category.")
        let robustZ = settings.optionalNumber(
            "robust_z", in: 0...1_000,
            help: "A modified z score above this; 3.5 when no other limit is given.")
        let keep = settings.optionalInteger(
            "keep", in: 0...Int.max, help: "All but so many nearest rows are outliers.")
        let limits: [DistanceThreshold] = [
            threshold.map { .distance($0) }, percentile.map { .percentile($0) },
            robustZ.map { .robustZ($0) }, keep.map { .keep($0) },
        ].compactMap { $0 }
        if limits.count > 1 {
            settings.fault(
                nil, "a category has one limit, and more are given",
                hint: "give one of threshold, percentile, robust_z and keep")
        }
        let rows = settings.integer(
            "minimum_rows", base.minimumRows, in: 1...Int.max,
            help: "Categories with fewer rows stay untouched.")
        return CentroidRule(limit: limits.first ?? base.limit, minimumRows: rows)
    }

    /// The places of `scores` that lie too far, rising.
    func outliers(_ scores: [Double]) throws(Fault) -> [Int] {
        // A margin may lie below 0, and so may its limit.
        if case .distance(let limit) = limit { return scores.indices.filter { scores[$0] > limit } }
        return try limit.outliers(scores)
    }

    var words: String {
        switch limit {
        case .distance(let limit): "threshold \(limit)"
        case .percentile(let percent): "percentile \(percent)"
        case .robustZ(let limit): "robust_z \(limit)"
        case .keep(let count): "keep \(count)"
        }
    }
}
