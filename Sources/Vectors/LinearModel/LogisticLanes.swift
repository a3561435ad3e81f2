internal import CVectors
internal import Records

/// Labels and weights of problems side by side, as the kernels take them: one problem a lane.
///
/// Memory: one byte for each row and lane.
struct LogisticLanes: Sendable {
    /// Lanes, a multiple of 8: whole vectors of any instruction set.
    let count: Int
    /// The problem in each used lane.
    let problems: [Int]
    private let labels: [Int8]
    private let weights: (zero: [Double], one: [Double])

    /// The lanes that so many problems take.
    static func count(_ problems: Int) -> Int { (problems + 7) & ~7 }

    init(_ runs: [LogisticRun], _ labels: [[Int8]]) {
        let count = Self.count(runs.count)
        self.count = count
        problems = runs.map(\.index)
        var weights = (
            zero: [Double](repeating: 0, count: count), one: [Double](repeating: 0, count: count)
        )
        let rows = runs.first.map { labels[$0.index].count } ?? 0
        var table = [Int8](repeating: -1, count: rows * count)
        for (lane, run) in runs.enumerated() {
            (weights.zero[lane], weights.one[lane]) = run.classWeights
            let column = labels[run.index]
            require(column.count == rows, "every problem has a label for every row")
            table.withUnsafeMutableBufferPointer { table in
                for row in 0..<rows { table[row * count + lane] = column[row] }
            }
        }
        self.labels = table
        self.weights = weights
    }

    /// The parameters by column and lane, zeros where a problem is done.
    func interleave(_ points: [(problem: Int, point: [Double])], columns: Int) -> [Double] {
        var result = [Double](repeating: 0, count: (columns + 1) * count)
        for (problem, point) in points {
            guard let lane = problems.firstIndex(of: problem) else { continue }
            for column in 0...columns { result[column * count + lane] = point[column] }
        }
        return result
    }

    /// Loss and gradient over the positions `chunk` of `rows`, summed in their order.
    func sum(
        _ matrix: Matrix, _ rows: [Int32], _ chunk: Range<Int>, _ rowWeights: [Double]?,
        _ parameters: [Double]
    ) -> LossSum {
        var sum = LossSum(columns: matrix.columns, lanes: count)
        withModels(matrix, rows, rowWeights, parameters) { models, scratch in
            sum.gradient.withUnsafeMutableBufferPointer { gradient in
                sum.losses.withUnsafeMutableBufferPointer { losses in
                    guard let gradient = gradient.baseAddress, let losses = losses.baseAddress
                    else { return }
                    cvectors_logistic_add(
                        Kernels.level, models, chunk.lowerBound, chunk.upperBound, scratch,
                        gradient,
                        losses)
                }
            }
        }
        matrix.releasePages(slots: rows[chunk])
        return sum
    }

    private func withModels(
        _ matrix: Matrix, _ rows: [Int32], _ rowWeights: [Double]?, _ parameters: [Double],
        _ body: (UnsafePointer<cvectors_logistic>, UnsafeMutablePointer<Double>) -> Void
    ) {
        require(matrix.columns > 0 && parameters.count == (matrix.columns + 1) * count, "they fit")
        let room = UnsafeMutablePointer<Double>.allocate(capacity: cvectors_scratch(matrix.columns))
        defer { room.deallocate() }
        matrix.withBase { base in
            rows.withUnsafeBufferPointer { rows in
                labels.withUnsafeBufferPointer { labels in
                    parameters.withUnsafeBufferPointer { parameters in
                        weights.zero.withUnsafeBufferPointer { zero in
                            weights.one.withUnsafeBufferPointer { one in
                                withOptional(rowWeights) { rowWeights in
                                    guard let base, let rows = rows.baseAddress,
                                        let parameters = parameters.baseAddress
                                    else { return }
                                    var models = cvectors_logistic(
                                        matrix: base, columns: matrix.columns, rows: rows,
                                        lanes: count, labels: labels.baseAddress,
                                        row_weights: rowWeights, parameters: parameters,
                                        weight_of_0: zero.baseAddress, weight_of_1: one.baseAddress)
                                    body(&models, room)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func withOptional(
        _ values: [Double]?, _ body: (UnsafePointer<Double>?) -> Void
    ) {
        guard let values else { return body(nil) }
        values.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

/// Sums of loss and gradient over some rows, by lane.
struct LossSum: Sendable {
    private let lanes: Int
    /// By column and lane, the intercepts last.
    fileprivate(set) var gradient: [Double]
    fileprivate(set) var losses: [Double]

    init(columns: Int, lanes: Int) {
        self.lanes = lanes
        gradient = [Double](repeating: 0, count: (columns + 1) * lanes)
        losses = [Double](repeating: 0, count: lanes)
    }

    mutating func add(_ other: LossSum) {
        for at in gradient.indices { gradient[at] += other.gradient[at] }
        for at in losses.indices { losses[at] += other.losses[at] }
    }

    /// The gradient of one lane.
    func slopes(lane: Int) -> [Double] {
        stride(from: lane, to: gradient.count, by: lanes).map { gradient[$0] }
    }
}
