internal import Records

/// A matrix of few numbers other than 0: 8 bytes for each of them, and 8 a row.
public struct SparseRows: Sendable, Equatable {
    public let columns: Int
    /// Where the numbers of each row start; one more entry than rows.
    private var offsets = [0]
    private var places: [UInt32] = []
    private var values: [Float] = []

    public init(columns: Int) { self.columns = columns }

    public var count: Int { offsets.count - 1 }

    mutating func reserve(rows: Int, values: Int) {
        offsets.reserveCapacity(rows + 1)
        places.reserveCapacity(values)
        self.values.reserveCapacity(values)
    }

    /// Adds a row by its numbers other than 0, columns rising.
    public mutating func append(_ row: [(column: UInt32, value: Float)]) {
        for (column, value) in row {
            require(column < columns, "a column lies within the matrix")
            places.append(column)
            values.append(value)
        }
        offsets.append(places.count)
    }

    /// The numbers other than 0 of row `row`.
    subscript(row: Int) -> [(column: UInt32, value: Float)] {
        (offsets[row]..<offsets[row + 1]).map { (places[$0], values[$0]) }
    }

    /// Calls `body` with the arrays behind the rows.
    func withBuffers<Result>(_ body: (Buffers) -> Result) -> Result {
        offsets.withUnsafeBufferPointer { offsets in
            places.withUnsafeBufferPointer { places in
                values.withUnsafeBufferPointer { values in
                    body(Buffers(offsets: offsets, places: places, values: values))
                }
            }
        }
    }

    struct Buffers {
        let offsets: UnsafeBufferPointer<Int>
        let places: UnsafeBufferPointer<UInt32>
        let values: UnsafeBufferPointer<Float>

        /// The sum of products of row `row` and `weights`, one a column.
        func dot(_ row: Int, _ weights: UnsafeBufferPointer<Float>) -> Double {
            var sum = 0.0
            for at in offsets[row]..<offsets[row + 1] {
                sum += Double(values[at] * weights[Int(places[at])])
            }
            return sum
        }

        /// Adds `factor` times row `row` to `weights`.
        func add(
            _ row: Int, times factor: Float, to weights: UnsafeMutableBufferPointer<Float>
        ) {
            for at in offsets[row]..<offsets[row + 1] {
                weights[Int(places[at])] += factor * values[at]
            }
        }

        /// The squared length of row `row`.
        func square(_ row: Int) -> Double {
            var sum = 0.0
            for at in offsets[row]..<offsets[row + 1] {
                sum += Double(values[at]) * Double(values[at])
            }
            return sum
        }
    }
}
