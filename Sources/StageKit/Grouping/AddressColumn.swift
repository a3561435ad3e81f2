package import Pipeline
package import Records

/// Where rows lie in a dataset: about 5 bytes each where they follow one another in a file.
package struct AddressColumn: RowPart {
    /// After so many rows an offset is noted again.
    private static let stride = 64

    /// Of each row's line, without its end.
    private var lengths: [Int32] = []
    /// Rows whose offset is noted: every 64th, and those that do not follow the row before.
    private var notedRows: [Int32] = []
    private var shards: [Int32] = []
    private var offsets: [Int64] = []
    /// The shard of the last row, and where its line ends.
    private var lastShard: Int32 = -1
    private var lastEnd: Int64 = 0

    package init() {}

    package var count: Int { lengths.count }

    /// Nil for a row that was not read from a dataset.
    package subscript(row: Int) -> RowAddress? {
        let noted = partitionPoint(notedRows.count) { Int(notedRows[$0]) <= row } - 1
        guard shards[noted] >= 0 else { return nil }
        var offset = offsets[noted]
        for length in lengths[Int(notedRows[noted])..<row] { offset += Int64(length) + 1 }
        return RowAddress(shard: shards[noted], length: lengths[row], offset: offset)
    }

    package mutating func append(_ address: RowAddress?) {
        append(address ?? RowAddress(shard: -1, length: 0, offset: 0))
    }

    private mutating func append(_ address: RowAddress) {
        let follows = address.shard == lastShard && address.offset == lastEnd + 1
        if !follows || count % Self.stride == 0 {
            notedRows.append(Int32(count))
            shards.append(address.shard)
            offsets.append(address.offset)
        }
        lengths.append(address.length)
        lastShard = address.shard
        lastEnd = address.offset + Int64(address.length)
    }

    package mutating func append(contentsOf other: AddressColumn) {
        for (noted, first) in other.notedRows.enumerated() {
            let end =
                noted + 1 < other.notedRows.count
                ? Int(other.notedRows[noted + 1]) : other.count
            var offset = other.offsets[noted]
            for length in other.lengths[Int(first)..<end] {
                append(RowAddress(shard: other.shards[noted], length: length, offset: offset))
                offset += Int64(length) + 1
            }
        }
    }

    package func write(to bytes: inout PortableWriter) {
        lengths.write(to: &bytes)
        notedRows.write(to: &bytes)
        shards.write(to: &bytes)
        offsets.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no addresses.
    package init(from bytes: inout PortableReader) throws(Fault) {
        var read = AddressColumn()
        read.lengths = try [Int32](from: &bytes)
        read.notedRows = try [Int32](from: &bytes)
        read.shards = try [Int32](from: &bytes)
        read.offsets = try [Int64](from: &bytes)
        guard read.notedRows.count == read.shards.count, read.shards.count == read.offsets.count,
            (read.notedRows.first ?? 0) == 0, read.lengths.isEmpty == read.notedRows.isEmpty,
            zip(read.notedRows, read.notedRows.dropFirst()).allSatisfy({ $0 < $1 }),
            read.notedRows.last.map({ Int($0) < read.count }) ?? true
        else { throw PortableReader.damaged }
        append(contentsOf: read)
    }
}
