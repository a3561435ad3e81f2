/// A read-only matrix of 32-bit floats, row after row (C order): usually one embedding a row.
///
/// The numbers lie in an array, or in one or several mapped `.npy` files (see ``NumpyFile``), so
/// that files larger than memory can be read without a copy. Copies of a matrix share the numbers.
public struct Matrix: Sendable {
    public let rows: Int
    public let columns: Int
    @usableFromInline let storage: Storage

    @usableFromInline enum Storage: Sendable {
        case array([Float])
        case mapped(MappedFile, offset: Int)
        case parts(MappedRows)
    }

    /// A matrix over `values`, row after row; their count must be `rows * columns`.
    ///
    /// - Throws: `badData` when the values are not as many.
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
    ///
    /// - Throws: `badData` for rows of different lengths.
    public init(_ rows: [[Float]]) throws(Fault) {
        let columns = rows.first?.count ?? 0
        guard rows.allSatisfy({ $0.count == columns }) else {
            throw Fault(.badData, "the rows of a matrix differ in length")
        }
        try self.init(rows: rows.count, columns: columns, values: rows.flatMap { $0 })
    }

    /// A matrix over the floats of `file` from byte `offset`, a multiple of 4, on.
    init(rows: Int, columns: Int, file: MappedFile, offset: Int) {
        require(
            offset % 4 == 0 && offset + rows * columns * 4 <= file.count,
            "the matrix lies inside its file")
        self.rows = rows
        self.columns = columns
        storage = .mapped(file, offset: offset)
    }

    /// A matrix over the rows of several files.
    init(rows: Int, columns: Int, parts: MappedRows) {
        self.rows = rows
        self.columns = columns
        storage = .parts(parts)
    }

    /// The address of row 0, nil where there is no number; it must not leave `body`.
    ///
    /// Row r starts at `base + slot(r) * columns`. Hot loops call this once and compute addresses
    /// themselves.
    @inlinable public func withBase<R, E: Error>(
        _ body: (UnsafePointer<Float>?) throws(E) -> R
    ) throws(E) -> R {
        switch storage {
        case .array(let values):
            return try values.withUnsafeBufferPointer {
                (all: UnsafeBufferPointer<Float>) throws(E) -> R in try body(all.baseAddress)
            }
        case .mapped(let file, let offset):
            if rows * columns == 0 { return try body(nil) }
            return try file.withBytes { (bytes: UnsafeRawBufferPointer) throws(E) -> R in
                let start = bytes.baseAddress.map { $0 + offset }
                return try body(start?.assumingMemoryBound(to: Float.self))
            }
        case .parts(let parts):
            defer { withExtendedLifetime(parts) {} }
            return try body(parts.base)
        }
    }

    /// How many rows of addresses lie between row 0 and row `row`: its number, but for the gaps
    /// between files.
    @inlinable public func slot(_ row: Int) -> Int {
        if case .parts(let parts) = storage { return parts.slot(row) }
        return row
    }

    /// The slots of many rows, for kernels that compute addresses from them.
    public func slots(_ rows: [Int32]) -> [Int32] {
        guard case .parts(let parts) = storage else { return rows }
        return rows.map { Int32(parts.slot(Int($0))) }
    }

    /// The numbers of row `row`; the buffer must not leave `body`.
    @inlinable public func withRow<R, E: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
    ) throws(E) -> R {
        require(row >= 0 && row < rows, "the row is one of the matrix")
        return try withBase { (base: UnsafePointer<Float>?) throws(E) -> R in
            let start = base.map { $0 + slot(row) * columns }
            return try body(UnsafeBufferPointer(start: start, count: columns))
        }
    }

    /// Whether every number is finite: the promise that solvers and distances need.
    public var isFinite: Bool {
        // A float is infinite or NaN exactly when its exponent bits are all ones.
        var found: UInt32 = 0
        withBase { base in
            guard let base else { return }
            forEachRun { run in
                var foundHere: UInt32 = 0
                for row in run {
                    let values = base + slot(row) * columns
                    for column in 0..<columns {
                        foundHere |= values[column].bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
                    }
                }
                found |= foundHere
            }
        }
        return found == 0
    }
}
