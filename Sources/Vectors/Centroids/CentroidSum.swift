internal import Records

/// The sum of many unit vectors in fixed point, exact in any order and any grouping.
///
/// Each component of a unit vector is rounded to a multiple of 2^-30 (an Int32) and summed in
/// Int64: partial sums of shards merge to the same bits however they were cut, where a sum of
/// floats would not. An error of 5e-10 a component; room for 4 billion rows. Memory: 8 bytes a
/// column.
public struct CentroidSum: Sendable, Equatable {
    /// One in fixed point.
    static let scale = 0x1p30
    private static let largestCount = 1 << 32

    public private(set) var sums: [Int64]
    /// Rows added; rows of zeros count and add nothing.
    public private(set) var count = 0

    public init(columns: Int) {
        require(columns >= 0, "a vector has no negative length")
        sums = [Int64](repeating: 0, count: columns)
    }

    /// A sum read back from a file; nil unless `sums` can be those of `count` unit vectors.
    public init?(sums: [Int64], count: Int) {
        guard (0...Self.largestCount).contains(count) else { return nil }
        let largest = UInt64(count) << 30
        guard sums.allSatisfy({ $0.magnitude <= largest }) else { return nil }
        self.sums = sums
        self.count = count
    }

    /// Adds one row, scaled to length 1.
    public mutating func add(_ row: Int, of rows: UnitRows) {
        change(row, of: rows, sign: 1)
    }

    /// Takes back one row that was added.
    public mutating func remove(_ row: Int, of rows: UnitRows) {
        change(row, of: rows, sign: -1)
    }

    /// Adds the rows that another sum has.
    public mutating func merge(_ other: CentroidSum) {
        require(other.sums.count == sums.count, "merged sums have the same columns")
        require(count + other.count <= Self.largestCount, "a sum has room for 4 billion rows")
        for column in sums.indices { sums[column] += other.sums[column] }
        count += other.count
    }

    /// The mean's direction, scaled to length 1; zeros when the rows cancel out or are none.
    public var centroid: [Double] {
        let values = sums.map { Double($0) }
        let length = FixedOrder.dot(values, values).squareRoot()
        return length > 0 ? values.map { $0 / length } : values
    }

    /// The sum in plain numbers.
    var values: [Double] { sums.map { Double($0) / Self.scale } }

    private mutating func change(_ row: Int, of rows: UnitRows, sign: Int64) {
        require(rows.columns == sums.count, "a row has the columns of its sum")
        require(count + Int(sign) <= Self.largestCount, "a sum has room for 4 billion rows")
        let squared = rows.squaredLengths[row]
        let factor = squared > 0 ? Self.scale / squared.squareRoot() : 0
        sums.withUnsafeMutableBufferPointer { sums in
            rows.matrix.withRow(row) { values in
                for column in sums.indices {
                    let fixed = (Double(values[column]) * factor).rounded(.toNearestOrEven)
                    sums[column] += sign * Int64(fixed)
                }
            }
        }
        count += Int(sign)
    }
}
