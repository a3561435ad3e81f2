internal import CVectors
internal import Records

/// Probabilities of many rows by many models: a block of rows is read once for all of them.
struct LogisticScores: Sendable {
    private let models: [LogisticModel]
    private let columns: Int
    private let lanes: Int
    /// By column and lane, the intercepts last.
    private let parameters: [Double]

    /// Rows between two releases of the pages that were read.
    private static let runRows = 16_384

    /// Every model has `columns` weights.
    init(_ models: [LogisticModel], columns: Int) {
        let lanes = LogisticLanes.count(models.count)
        var parameters = [Double](repeating: 0, count: (columns + 1) * lanes)
        for (lane, model) in models.enumerated() {
            require(model.weights.count == columns, "every model has the columns of the rows")
            for (column, weight) in (model.weights + [model.intercept]).enumerated() {
                parameters[column * lanes + lane] = weight
            }
        }
        self.models = models
        self.columns = columns
        self.lanes = lanes
        self.parameters = parameters
    }

    /// Model → probability of each row of `rows`, which lie inside the matrix.
    func probabilities(_ matrix: Matrix, _ rows: ArraySlice<Int32>) -> [[Double]] {
        if columns == 0 || rows.isEmpty {
            return models.map { model in rows.map { model.probability(matrix, Int($0)) } }
        }
        let count = rows.count
        var scores = [Double](repeating: 0, count: lanes * count)
        let room = UnsafeMutablePointer<Double>.allocate(capacity: cvectors_scratch(columns))
        defer { room.deallocate() }
        let slots = matrix.slots(Array(rows))
        matrix.withBase { base in
            slots.withUnsafeBufferPointer { rows in
                parameters.withUnsafeBufferPointer { parameters in
                    scores.withUnsafeMutableBufferPointer { scores in
                        guard let base, let rows = rows.baseAddress,
                            let parameters = parameters.baseAddress,
                            let scores = scores.baseAddress
                        else { return }
                        var problem = cvectors_logistic(
                            matrix: base, columns: columns, rows: rows, lanes: lanes, labels: nil,
                            row_weights: nil, parameters: parameters, weight_of_0: nil,
                            weight_of_1: nil)
                        for start in stride(from: 0, to: count, by: Self.runRows) {
                            let end = min(start + Self.runRows, count)
                            cvectors_logistic_score(
                                Kernels.level, &problem, start, end, room, scores + start, count)
                            matrix.releasePages(slots: slots[start..<end])
                        }
                    }
                }
            }
        }
        return models.enumerated().map { lane, model in
            if let constant = model.constant {
                return [Double](repeating: constant, count: count)
            }
            return Array(scores[lane * count..<(lane + 1) * count])
        }
    }
}
