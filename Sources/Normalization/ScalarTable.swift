public import CNormalization

/// One number for each Unicode scalar, in pages of 256 that are shared where they are equal to the
/// empty one.
public struct ScalarTable: Sendable {
    @usableFromInline var pages = [UInt16](repeating: 0, count: 0x1100)
    @usableFromInline var values = [UInt16](repeating: 0, count: 256)

    @inlinable @inline(__always) public subscript(scalar: UInt32) -> UInt16 {
        let page = Int(pages[Int(scalar >> 8)])
        return values[page << 8 | Int(scalar & 0xFF)]
    }

    /// Sets a value; a page is made when it holds the first one that is not 0.
    public mutating func set(_ scalar: UInt32, _ value: UInt16) {
        if value == 0, self[scalar] == 0 { return }
        let page = Int(scalar >> 8)
        if pages[page] == 0 {
            pages[page] = UInt16(values.count >> 8)
            values += [UInt16](repeating: 0, count: 256)
        }
        values[Int(pages[page]) << 8 | Int(scalar & 0xFF)] = value
    }

    /// All numbers 0.
    public init() {}

    /// From runs of one value each, translated by `value`.
    public init(_ source: scalar_values, _ value: (Int) -> UInt16) {
        let starts = UnsafeBufferPointer(start: source.runs, count: Int(source.count))
        for (index, start) in starts.enumerated() {
            let number = value(Int(start & 0xFF))
            if number == 0 { continue }
            let end = index + 1 < starts.count ? starts[index + 1] >> 8 : 0x11_0000
            for scalar in start >> 8..<end { set(scalar, number) }
        }
    }
}

/// What a scalar becomes: no scalar, one or several.
public struct ScalarMapping: Sendable {
    /// Where in `sequences` a scalar's begins; 0 when it stays as it is.
    @usableFromInline var starts = ScalarTable()
    /// A length, then that many scalars, and so on; the first entry is not used.
    @usableFromInline var sequences: [UInt32] = [0]
    /// The scalars that do not stay as they are, in the order in which they were added.
    public private(set) var scalars: [UInt32] = []

    /// Every scalar stays as it is.
    public init() {}

    /// - Parameter unknown: Scalars that stay as they are.
    public init(_ source: scalar_mapping, without unknown: Set<UInt32> = []) {
        for run in UnsafeBufferPointer(start: source.runs, count: Int(source.run_count)) {
            for scalar in stride(from: run.first, through: run.last, by: Int(run.step))
            where !unknown.contains(scalar) {
                let sum = UInt32(truncatingIfNeeded: Int(scalar) + Int(run.difference))
                add(scalar, CollectionOfOne(sum))
            }
        }
        let rest = UnsafeBufferPointer(start: source.rest, count: Int(source.rest_count))
        let keys = rest.indices.filter { rest[$0] >> 31 != 0 } + [rest.count]
        for (key, next) in zip(keys, keys.dropFirst()) {
            let scalar = rest[key] & 0x7FFF_FFFF
            if !unknown.contains(scalar) { add(scalar, rest[key + 1..<next]) }
        }
    }

    /// Says what a scalar becomes, which was not yet said.
    public mutating func add(_ scalar: UInt32, _ sequence: some Collection<UInt32>) {
        scalars.append(scalar)
        starts.set(scalar, UInt16(sequences.count))
        sequences.append(UInt32(sequence.count))
        sequences += sequence
    }

    /// Calls `body` with each scalar that `scalar` becomes; false, without a call, when it stays.
    @inlinable @inline(__always)
    public func expand(_ scalar: UInt32, _ body: (UInt32) -> Void) -> Bool {
        let start = Int(starts[scalar])
        if start == 0 { return false }
        for index in start + 1...start + Int(sequences[start]) { body(sequences[index]) }
        return true
    }
}
