internal import CBLAS
internal import Records

/// The directions along which vectors vary most: eigenvectors of their covariance (Pearson 1901).
///
/// In double precision, on one thread and in one order: the same bits on every call with one
/// library.
struct PrincipalComponents {
    private let columns: Int
    private let mean: [Double]
    /// [components, columns], by falling variance, each divided by the square root of the
    /// deviation along it; zeros for one along which nothing varies.
    private let directions: [Double]
    let components: Int
    /// The share of the variance that the components hold, 0 to 1.
    let varianceKept: Double

    /// Rows that are widened to double precision at a time.
    private static let block = 2_048

    /// - Parameters:
    ///   - rows: Row-major [_, columns], finite, and `columns` at most 16,384.
    ///   - components: How many to keep, 1...columns.
    /// - Throws: `configuration` where OpenBLAS, whose LAPACK solves this, is not installed.
    init(_ rows: [Float], columns: Int, components: Int) throws(Fault) {
        guard cblas_shim_has_eigen() != 0 else {
            throw Fault(
                .configuration, "no library is there to compute principal components",
                why: cblas_shim_load() == 0
                    ? "this OpenBLAS was built without LAPACK"
                    : String(cString: cblas_shim_error()),
                hint: "apt-get install libopenblas0-pthread, or leave `distil` out")
        }
        self.columns = columns
        self.components = components
        let count = rows.count / columns
        var mean = [Double](repeating: 0, count: columns)
        for row in 0..<count {
            for column in 0..<columns { mean[column] += Double(rows[row * columns + column]) }
        }
        for column in 0..<columns { mean[column] /= Double(max(count, 1)) }
        self.mean = mean

        var covariance = [Double](repeating: 0, count: columns * columns)
        for start in stride(from: 0, to: count, by: Self.block) {
            let part = Self.centred(
                rows, start..<min(start + Self.block, count), columns: columns, mean: mean)
            cblas_shim_dgemm(
                1, 0, Int32(columns), Int32(columns), Int32(part.count / columns),
                1 / Double(max(count - 1, 1)), part, Int32(columns), part, Int32(columns), 1,
                &covariance, Int32(columns))
        }
        var values = [Double](repeating: 0, count: columns)
        guard cblas_shim_eigen(Int32(columns), &covariance, &values) == 0 else {
            throw Fault(
                .badData, "the principal components of the token vectors cannot be computed",
                why: "LAPACK's dsyevd found none", hint: "the weights may be damaged")
        }
        var directions: [Double] = []
        directions.reserveCapacity(components * columns)
        let least = (values.last ?? 0) * 1e-9
        for place in (columns - components..<columns).reversed() {
            let deviation = max(values[place], 0).squareRoot()
            let factor = values[place] > least ? 1 / deviation.squareRoot() : 0
            directions += covariance[place * columns..<(place + 1) * columns].map { $0 * factor }
        }
        self.directions = directions
        let total = values.reduce(0) { $0 + max($1, 0) }
        let kept = values.suffix(components).reduce(0) { $0 + max($1, 0) }
        varianceKept = total > 0 ? kept / total : 1
    }

    private static func centred(
        _ rows: [Float], _ range: Range<Int>, columns: Int, mean: [Double]
    ) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(range.count * columns)
        for row in range {
            for column in 0..<columns {
                values.append(Double(rows[row * columns + column]) - mean[column])
            }
        }
        return values
    }

    /// The rows' coordinates along the components, row-major [_, components].
    ///
    /// Evened out: each is divided by the square root of the component's deviation, so that the
    /// first few do not decide alone.
    func project(_ rows: [Float]) -> [Float] {
        let count = rows.count / columns
        var result: [Float] = []
        result.reserveCapacity(count * components)
        for start in stride(from: 0, to: count, by: Self.block) {
            let range = start..<min(start + Self.block, count)
            let part = Self.centred(rows, range, columns: columns, mean: mean)
            var scores = [Double](repeating: 0, count: range.count * components)
            cblas_shim_dgemm(
                0, 1, Int32(range.count), Int32(components), Int32(columns), 1, part,
                Int32(columns), directions, Int32(columns), 0, &scores, Int32(components))
            result += scores.lazy.map(Float.init)
        }
        return result
    }
}
