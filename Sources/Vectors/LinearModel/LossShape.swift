internal import CVectors
internal import Records

/// The mean of (x, 1)(x, 1)ᵀ over a sample of the rows: the shape of a logistic loss's second
/// derivative, but for the probabilities.
struct RowGram {
    /// Columns of a row and one for the intercept.
    let size: Int
    let step: Int
    /// The upper triangle by rows, `step` apart.
    let values: [Double]

    /// Above this many columns factoring costs more than the steps it saves.
    private static let mostColumns = 2_048

    /// Over 16 rows a column, evenly spread, or all; nil when there are too many columns.
    ///
    /// The sample's eigenvalues then lie within a factor of 0.56 to 1.56 of the whole's (Marchenko
    /// and Pastur 1967).
    ///
    /// - Parameter rows: The rows' slots in the matrix.
    init?(_ matrix: Matrix, _ rows: [Int32]) {
        let columns = matrix.columns
        guard columns > 0, columns <= Self.mostColumns, !rows.isEmpty else { return nil }
        let count = min(rows.count, 16 * columns)
        let sample = (0..<count).map { rows[rows.count * $0 / count] }
        size = columns + 1
        step = (size + 7) & ~7
        var sums = [Double](repeating: 0, count: size * step)
        let step = step
        let room = UnsafeMutablePointer<Double>.allocate(capacity: cvectors_scratch(columns))
        defer { room.deallocate() }
        matrix.withBase { base in
            sums.withUnsafeMutableBufferPointer { sums in
                sample.withUnsafeBufferPointer { sample in
                    guard let base, let rows = sample.baseAddress,
                        let sums = sums.baseAddress
                    else { return }
                    cvectors_gram_add(
                        Kernels.level, base, columns, rows, count, room, sums, step)
                }
            }
        }
        let scale = 1 / Double(count)
        for at in sums.indices { sums[at] *= scale }
        values = sums
    }
}

/// The Cholesky factor of a gram and a penalty on all but the intercept: what turns a gradient
/// into nearly a Newton step.
struct LossShape: Sendable {
    private let size: Int
    /// The lower factor by rows, each as long as its number and one; then the reciprocals of the
    /// diagonal.
    private let factor: [Double]
    private let reciprocals: [Double]

    /// Nil when rounding leaves no positive definite matrix.
    init?(_ gram: RowGram, penalty: Double) {
        size = gram.size
        var lower = [Double](repeating: 0, count: size * size)
        var reciprocals = [Double](repeating: 0, count: size)
        let isPositive = lower.withUnsafeMutableBufferPointer { buffer in
            guard let lower = buffer.baseAddress else { return false }
            for row in 0..<gram.size {
                let own = lower + row * gram.size
                for column in 0..<row {
                    let rest =
                        gram.values[column * gram.step + row]
                        - LaneSums.dot(own, lower + column * gram.size, column)
                    own[column] = rest * reciprocals[column]
                }
                let full =
                    gram.values[row * gram.step + row] + (row < gram.size - 1 ? penalty : 0)
                let rest = full - LaneSums.dot(own, own, row)
                guard rest.isFinite, rest > 1e-13 * full else { return false }
                own[row] = rest.squareRoot()
                reciprocals[row] = 1 / own[row]
            }
            return true
        }
        guard isPositive else { return nil }
        factor = lower
        self.reciprocals = reciprocals
    }

    /// The vector x with (gram + penalty) x = `vector`.
    func solve(_ vector: [Double]) -> [Double] {
        require(vector.count == size, "the vector has the size of the matrix")
        var result = vector
        factor.withUnsafeBufferPointer { factor in
            result.withUnsafeMutableBufferPointer { x in
                guard let lower = factor.baseAddress, let at = x.baseAddress else { return }
                for row in 0..<size {
                    x[row] =
                        (x[row] - LaneSums.dot(lower + row * size, at, row)) * reciprocals[row]
                }
                for row in stride(from: size - 1, through: 0, by: -1) {
                    x[row] *= reciprocals[row]
                    let (value, from) = (x[row], lower + row * size)
                    for column in 0..<row { at[column] -= value * from[column] }
                }
            }
        }
        return result
    }
}
