internal import CKernels

/// One number for each Unicode scalar, in pages of 256 that are shared where they are equal to the
/// empty one.
struct ScalarTable: Sendable {
    private var pages = [UInt16](repeating: 0, count: 0x1100)
    private var values = [UInt16](repeating: 0, count: 256)

    @inline(__always) subscript(scalar: UInt32) -> UInt16 {
        let page = Int(pages[Int(scalar >> 8)])
        return values[page << 8 | Int(scalar & 0xFF)]
    }

    /// Sets a value; a page is made when it holds the first one that is not 0.
    mutating func set(_ scalar: UInt32, _ value: UInt16) {
        if value == 0, self[scalar] == 0 { return }
        let page = Int(scalar >> 8)
        if pages[page] == 0 {
            pages[page] = UInt16(values.count >> 8)
            values += [UInt16](repeating: 0, count: 256)
        }
        values[Int(pages[page]) << 8 | Int(scalar & 0xFF)] = value
    }

    init() {}

    /// From runs of one value each, translated by `value`.
    init(_ runs: tokenizer_runs, _ value: (Int) -> UInt16) {
        let starts = UnsafeBufferPointer(start: runs.runs, count: Int(runs.count))
        for (index, start) in starts.enumerated() {
            let number = value(Int(start & 0xFF))
            if number == 0 { continue }
            let end = index + 1 < starts.count ? starts[index + 1] >> 8 : 0x11_0000
            for scalar in start >> 8..<end { set(scalar, number) }
        }
    }
}

/// What a scalar becomes: no scalar, one or several.
struct ScalarMapping: Sendable {
    /// Where in `sequences` a scalar's begins; 0 when it stays as it is.
    private var starts = ScalarTable()
    /// A length, then that many scalars, and so on; the first entry is not used.
    private var sequences: [UInt32] = [0]

    init(_ source: tokenizer_mapping) {
        for run in UnsafeBufferPointer(start: source.runs, count: Int(source.run_count)) {
            for scalar in stride(from: run.first, through: run.last, by: Int(run.step)) {
                add(scalar, [UInt32(truncatingIfNeeded: Int(scalar) + Int(run.difference))])
            }
        }
        let rest = UnsafeBufferPointer(start: source.rest, count: Int(source.rest_count))
        let keys = rest.indices.filter { rest[$0] >> 31 != 0 } + [rest.count]
        for (key, next) in zip(keys, keys.dropFirst()) {
            add(rest[key] & 0x7FFF_FFFF, Array(rest[key + 1..<next]))
        }
    }

    private mutating func add(_ scalar: UInt32, _ sequence: [UInt32]) {
        starts.set(scalar, UInt16(sequences.count))
        sequences.append(UInt32(sequence.count))
        sequences += sequence
    }

    /// Calls `body` with each scalar that `scalar` becomes; false, without a call, when it stays.
    @inline(__always) func expand(_ scalar: UInt32, _ body: (UInt32) -> Void) -> Bool {
        let start = Int(starts[scalar])
        if start == 0 { return false }
        for index in start + 1...start + Int(sequences[start]) { body(sequences[index]) }
        return true
    }
}
