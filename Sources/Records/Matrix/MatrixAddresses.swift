/// The rows of a matrix by their addresses, for hot loops: a copy of it retains nothing.
///
/// It is valid within the body of ``Matrix/withAddresses(_:)`` alone.
public struct MatrixAddresses {
    @usableFromInline let base: UnsafePointer<Float>
    @usableFromInline let columns: Int
    /// For each file the number of its first row, and that row's slot; empty for a single one.
    @usableFromInline var firsts = UnsafeBufferPointer<Int>(start: nil, count: 0)
    @usableFromInline var slots = UnsafeBufferPointer<Int>(start: nil, count: 0)

    @inlinable init(base: UnsafePointer<Float>, columns: Int) {
        self.base = base
        self.columns = columns
    }

    /// The first number of a row.
    @inlinable public func row(_ row: Int) -> UnsafePointer<Float> {
        if firsts.isEmpty { return base + row * columns }
        var (low, high) = (0, firsts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= row { low = middle } else { high = middle }
        }
        return base + (slots[low] + row - firsts[low]) * columns
    }
}

extension Matrix {
    /// Calls `body` with the addresses of the rows; nil where there is no number.
    @inlinable public func withAddresses<R, E: Error>(
        _ body: (MatrixAddresses?) throws(E) -> R
    ) throws(E) -> R {
        try withBase { (base: UnsafePointer<Float>?) throws(E) -> R in
            guard let base else { return try body(nil) }
            var addresses = MatrixAddresses(base: base, columns: columns)
            guard case .parts(let parts) = storage else { return try body(addresses) }
            return try parts.firsts.withUnsafeBufferPointer {
                (firsts: UnsafeBufferPointer<Int>) throws(E) -> R in
                try parts.slots.withUnsafeBufferPointer {
                    (slots: UnsafeBufferPointer<Int>) throws(E) -> R in
                    addresses.firsts = firsts
                    addresses.slots = slots
                    return try body(addresses)
                }
            }
        }
    }
}
