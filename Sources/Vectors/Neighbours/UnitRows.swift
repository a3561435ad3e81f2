internal import CVectors
public import Records

/// The rows of a matrix as directions: cosines between them, and blocks of unit rows.
///
/// The matrix is not copied, so it may be a mapped file; the squared lengths take 8 bytes a row. A
/// row of zeros has no direction: its cosine with everything, itself included, is 0.
public struct UnitRows: Sendable {
    public let matrix: Matrix
    /// Each row's squared length.
    let squaredLengths: [Double]

    public var count: Int { matrix.rows }
    public var columns: Int { matrix.columns }
    var rowRange: Range<Int> { 0..<matrix.rows }

    /// Throws a `badData` fault when a number is not finite.
    public init(_ matrix: Matrix) throws(Fault) {
        guard matrix.isFinite else {
            throw Fault(.badData, "a vector holds a number that is not finite")
        }
        self.matrix = matrix
        let columns = matrix.columns
        var lengths = [Double](repeating: 0, count: matrix.rows)
        matrix.withBase { base in
            guard let base else { return }
            matrix.forEachRun { run in
                for row in run {
                    let at = base + matrix.slot(row) * columns
                    lengths[row] = FixedOrder.dot(at, at, columns)
                }
            }
        }
        squaredLengths = lengths
    }

    /// The cosine of two rows: the same bits however the rows were found.
    ///
    /// Two rows with the same numbers have exactly 1.
    public func cosine(_ first: Int, _ second: Int) -> Double {
        withAddresses { $0?.cosine(first, second) ?? 0 }
    }

    /// Calls `body` with the addresses of the rows; nil where there is no number.
    func withAddresses<R>(_ body: (Addresses?) -> R) -> R {
        matrix.withAddresses { addresses in
            squaredLengths.withUnsafeBufferPointer { lengths in
                body(
                    addresses.map {
                        Addresses(rows: $0, columns: matrix.columns, squaredLengths: lengths)
                    })
            }
        }
    }

    /// The rows by their addresses, for hot loops: a copy of it retains nothing.
    ///
    /// It is valid within the body of ``UnitRows/withAddresses(_:)`` alone.
    struct Addresses {
        fileprivate let rows: MatrixAddresses
        fileprivate let columns: Int
        fileprivate let squaredLengths: UnsafeBufferPointer<Double>

        func cosine(_ first: Int, _ second: Int) -> Double { cosine(first, second, of: self) }

        /// The cosine of row `first` and a row of another matrix.
        func cosine(_ first: Int, _ second: Int, of others: Addresses) -> Double {
            let lengths =
                (squaredLengths[first] * others.squaredLengths[second]).squareRoot()
            if lengths == 0 { return 0 }
            let dot = FixedOrder.dot(rows.row(first), others.rows.row(second), columns)
            return min(max(dot / lengths, -1), 1)
        }

        /// Writes row `row`, scaled to length 1, to `to`.
        func writeUnit(_ row: Int, to: UnsafeMutablePointer<Float>) {
            let squared = squaredLengths[row]
            let factor = squared > 0 ? 1 / squared.squareRoot() : 0
            cvectors_scale(Kernels.level, rows.row(row), factor, to, columns)
        }

        /// Writes rows, scaled to length 1, one behind the other to `to`.
        func writeUnits(_ members: some Sequence<Int32>, to: UnsafeMutablePointer<Float>) {
            for (at, row) in members.enumerated() {
                writeUnit(Int(row), to: to + at * columns)
            }
        }
    }

    /// The unit row in double precision.
    func unit(_ row: Int) -> [Double] {
        let squared = squaredLengths[row]
        let factor = squared > 0 ? 1 / squared.squareRoot() : 0
        return matrix.withRow(row) { $0.map { Double($0) * factor } }
    }

    /// How far a product of unit rows in single precision, in any order of summation, can lie from
    /// the cosine: (columns + 3) roundings of 2^-24 on terms whose absolute values sum to 1 at
    /// most (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1), twice.
    var tolerance: Float { Float(columns + 8) * 0x1p-23 }
}

/// Sums whose order is fixed, so that a result has the same bits on every call.
enum FixedOrder {
    static func dot(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ count: Int
    ) -> Double {
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        let whole = count & ~3
        var at = 0
        while at < whole {
            a += Double(first[at]) * Double(second[at])
            b += Double(first[at + 1]) * Double(second[at + 1])
            c += Double(first[at + 2]) * Double(second[at + 2])
            d += Double(first[at + 3]) * Double(second[at + 3])
            at += 4
        }
        while at < count {
            a += Double(first[at]) * Double(second[at])
            at += 1
        }
        return (a + b) + (c + d)
    }

    static func dot(_ first: UnsafeBufferPointer<Float>, _ second: [Double]) -> Double {
        require(first.count == second.count, "both vectors have one length")
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0)
        let whole = first.count & ~3
        var at = 0
        while at < whole {
            a += Double(first[at]) * second[at]
            b += Double(first[at + 1]) * second[at + 1]
            c += Double(first[at + 2]) * second[at + 2]
            d += Double(first[at + 3]) * second[at + 3]
            at += 4
        }
        while at < first.count {
            a += Double(first[at]) * second[at]
            at += 1
        }
        return (a + b) + (c + d)
    }

    static func dot(_ first: [Double], _ second: [Double]) -> Double {
        var sum = 0.0
        for at in 0..<min(first.count, second.count) { sum += first[at] * second[at] }
        return sum
    }
}
