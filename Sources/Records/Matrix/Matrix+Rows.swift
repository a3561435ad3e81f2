extension Matrix {
    /// A copy of some rows, best ascending; what the files hold of them stays no longer in memory.
    ///
    /// - Parameter numbers: Each within `0..<rows`.
    /// - Throws: `badData` when the copy would have more numbers than can be counted.
    public func rows(_ numbers: [some BinaryInteger]) throws(Fault) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(numbers.count * columns)
        forEachRow(of: numbers) { _, row in withRow(Int(row)) { values += $0 } }
        return try Matrix(rows: numbers.count, columns: columns, values: values)
    }
}
