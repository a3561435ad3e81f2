/// A read-only matrix of 32-bit floats, row after row (C order): usually one embedding a row.
///
/// The numbers lie in an array or in a mapped `.npy` file (see ``NumpyFile``), so that a file
/// larger than memory can be read without a copy. Copies of a matrix share the numbers.
public struct Matrix: Sendable {
    public let rows: Int
    public let columns: Int
    @usableFromInline let storage: Storage

    @usableFromInline enum Storage: Sendable {
        case array([Float])
        case mapped(MappedFile, offset: Int)
    }

    /// A matrix over `values`, row after row; their count must be `rows * columns`.
    public init(rows: Int, columns: Int, values: [Float]) throws(Fault) {
        let product = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0, columns >= 0, !product.overflow, values.count == product.partialValue
        else {
            throw Fault(
                .badData, "a matrix has a wrong number of values",
                why: "\(values.count) values for \(rows) rows of \(columns)")
        }
        self.rows = rows
        self.columns = columns
        storage = .array(values)
    }

    /// A matrix of rows of one length; no rows give a matrix of 0 × 0.
    public init(_ rows: [[Float]]) throws(Fault) {
        let columns = rows.first?.count ?? 0
        guard rows.allSatisfy({ $0.count == columns }) else {
            throw Fault(.badData, "the rows of a matrix differ in length")
        }
        try self.init(rows: rows.count, columns: columns, values: rows.flatMap { $0 })
    }

    /// A matrix over the floats of `file` from byte `offset`, a multiple of 4, on.
    init(rows: Int, columns: Int, file: MappedFile, offset: Int) {
        insist(
            offset % 4 == 0 && offset + rows * columns * 4 <= file.count,
            "the matrix lies inside its file")
        self.rows = rows
        self.columns = columns
        storage = .mapped(file, offset: offset)
    }

    /// All numbers, row after row; the buffer must not leave `body`.
    ///
    /// Hot loops call this once and index the buffer themselves.
    @inlinable public func withAll<R, E: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
    ) throws(E) -> R {
        switch storage {
        case .array(let values):
            return try values.withUnsafeBufferPointer(body)
        case .mapped(let file, let offset):
            let count = rows * columns
            return try file.withBytes { (bytes: UnsafeRawBufferPointer) throws(E) -> R in
                let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count * 4])
                return try body(slice.assumingMemoryBound(to: Float.self))
            }
        }
    }

    /// The numbers of row `row`; the buffer must not leave `body`.
    @inlinable public func withRow<R, E: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
    ) throws(E) -> R {
        insist(row >= 0 && row < rows, "the row is one of the matrix")
        return try withAll { (all: UnsafeBufferPointer<Float>) throws(E) -> R in
            let from = row * columns
            return try body(UnsafeBufferPointer(rebasing: all[from..<from + columns]))
        }
    }

    /// Whether every number is finite: the promise that solvers and distances need.
    public var isFinite: Bool {
        withAll { all in
            // A float is infinite or NaN exactly when its exponent bits are all ones.
            var found: UInt32 = 0
            for value in all {
                found |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
            }
            return found == 0
        }
    }
}
