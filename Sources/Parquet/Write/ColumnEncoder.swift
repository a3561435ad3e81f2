internal import CCompress
internal import Records

/// Writes one column of a row group: a dictionary where it pays, and data pages of about 1 MiB.
struct ColumnEncoder {
    private static let pageBytes = 1 << 20
    private static let pageRows = 20_000
    private static let level: Int32 = 3

    private let leaf: ParquetSchema.Leaf
    private let column: RowGroupBuilder.Column
    private let table: ValueTable?

    init(_ leaf: ParquetSchema.Leaf, _ column: RowGroupBuilder.Column) {
        self.leaf = leaf
        self.column = column
        table = column.values.isEmpty ? nil : ValueTable(column.bytes, column.values)
    }

    func append(to group: inout EncodedRowGroup) {
        let start = group.bytes.count
        var plainBytes = 0
        if let table { appendDictionary(table, to: &group.bytes, &plainBytes) }
        var chunk = EncodedRowGroup.Chunk(
            encodings: [Encoding.plain.rawValue, Encoding.rle.rawValue],
            values: column.isPresent.count,
            nulls: column.isPresent.count - column.values.count, start: start,
            dataStart: group.bytes.count, plainBytes: 0, packedBytes: 0)
        if table != nil { chunk.encodings.append(Encoding.rleDictionary.rawValue) }
        var row = 0
        var value = 0
        while row < column.isPresent.count {
            let (lastRow, lastValue) = pageEnd(row, value)
            appendPage(row..<lastRow, value..<lastValue, to: &group.bytes, &plainBytes)
            (row, value) = (lastRow, lastValue)
        }
        chunk.plainBytes = plainBytes
        chunk.packedBytes = group.bytes.count - start
        group.chunks.append(chunk)
    }

    /// Where the page that begins at `row` ends.
    private func pageEnd(_ row: Int, _ value: Int) -> (row: Int, value: Int) {
        var (row, value, first) = (row, value, value)
        if !column.values.indices.contains(first) { first = max(0, column.values.count - 1) }
        let start = column.values.isEmpty ? 0 : column.values[first].lowerBound
        let limit = min(column.isPresent.count, row + Self.pageRows)
        while row < limit {
            if column.isPresent[row] == 1 {
                if column.values[value].upperBound - start > Self.pageBytes, value > first {
                    break
                }
                value += 1
            }
            row += 1
        }
        return (row, value)
    }

    private func appendDictionary(
        _ table: ValueTable, to bytes: inout [UInt8], _ plainBytes: inout Int
    ) {
        var plain: [UInt8] = []
        plain.reserveCapacity(table.distinctBytes)
        for value in table.distinct { plain += column.bytes[value] }
        appendPage(.dictionary, plain, to: &bytes, &plainBytes) { header in
            header.structure(7) { dictionary in
                dictionary.integer(1, Int32(table.distinct.count))
                dictionary.integer(2, Encoding.plain.rawValue)
            }
        }
    }

    private func appendPage(
        _ rows: Range<Int>, _ values: Range<Int>, to bytes: inout [UInt8],
        _ plainBytes: inout Int
    ) {
        var levels: [UInt8] = []
        // A null in a structure that is there is one level short of a value.
        let highest = UInt32(leaf.definition)
        let definitions = column.isPresent[rows].map { $0 == 1 ? highest : highest - 1 }
        RunEncoder.append(
            definitions[...], width: UInt32.bitWidth - highest.leadingZeroBitCount, to: &levels)
        var plain: [UInt8] = []
        plain.append(littleEndian: UInt32(levels.count))
        plain += levels
        if let table {
            let width = max(
                1, Int.bitWidth - max(1, table.distinct.count - 1).leadingZeroBitCount)
            plain.append(UInt8(width))
            RunEncoder.append(table.indices[values], width: width, to: &plain)
        } else if let first = values.first {
            let start = column.values[first].lowerBound
            plain += column.bytes[start..<column.values[values.upperBound - 1].upperBound]
        }
        let encoding = table == nil ? Encoding.plain : .rleDictionary
        appendPage(.data, plain, to: &bytes, &plainBytes) { header in
            header.structure(5) { data in
                data.integer(1, Int32(rows.count))
                data.integer(2, encoding.rawValue)
                data.integer(3, Encoding.rle.rawValue)
                data.integer(4, Encoding.rle.rawValue)
            }
        }
    }

    /// Packs a page and puts its header before it.
    private func appendPage(
        _ type: PageType, _ plain: [UInt8], to bytes: inout [UInt8], _ plainBytes: inout Int,
        _ describe: (inout CompactWriter) -> Void
    ) {
        let packed = Self.packed(plain)
        var writer = CompactWriter()
        writer.structure { header in
            header.integer(1, type.rawValue)
            header.integer(2, Int32(plain.count))
            header.integer(3, Int32(packed.count))
            describe(&header)
        }
        plainBytes += writer.bytes.count + plain.count
        bytes += writer.bytes
        bytes += packed
    }

    private static func packed(_ plain: [UInt8]) -> [UInt8] {
        let format = Int32(ccompress_zstd.rawValue)
        let packed = [UInt8](
            unsafeUninitializedCapacity: ccompress_bound(format, plain.count)
        ) { room, count in
            plain.withUnsafeBytes { plain in
                count = ccompress_encode(
                    format, level, plain.baseAddress, plain.count, room.baseAddress, room.count)
            }
        }
        require(!packed.isEmpty, "Zstandard packs any page into the room that it asks for")
        return packed
    }
}
