internal import Records

/// Reads one column, page by page: the levels and the value of one entry at a time.
final class ColumnReader {
    /// Names from the top of the schema, joined by dots.
    let name: String
    let form: ValueForm
    /// The current entry's levels.
    private(set) var definition = 0
    private(set) var repetition = 0
    /// The current entry's value; nil where it is null.
    private(set) var value: Value?
    /// Whether no entry is left in the row group.
    private(set) var isAtEnd = true

    private static let firstHeaderBytes = 512
    private static let mostHeaderBytes = 16 << 20

    private let file: PageFile
    private let node: SchemaNode
    private let plain: PlainValues
    private var group = 0
    private var codec = Codec.uncompressed
    private var at = 0
    private var end = 0
    private var valuesLeft = 0
    private var pageLeft = 0
    private var page = PageBuffer()
    private var header = PageBuffer()
    private var dictionaryPage = PageBuffer()
    private var dictionary: ValueDictionary?
    private var definitions: RunDecoder?
    private var repetitions: RunDecoder?
    private var decoder: ValueDecoder?

    init(_ file: PageFile, _ node: SchemaNode, name: String, form: ValueForm) {
        self.file = file
        self.node = node
        self.name = name
        self.form = form
        plain = PlainValues(
            physical: node.element.physical ?? .byteArray, length: node.element.length)
    }

    deinit {
        page.free()
        header.free()
        dictionaryPage.free()
    }

    /// Goes to the first entry of a row group.
    func open(_ chunk: FileMetadata.Chunk, group: Int) throws(Fault) {
        self.group = group
        do throws(Damage) {
            guard chunk.physical == node.element.physical else {
                throw Damage("its type is not the one that the schema has")
            }
            guard let codec = Codec(rawValue: chunk.codec) else {
                throw .unsupported("it is packed with the unknown codec \(chunk.codec)")
            }
            self.codec = codec
            guard chunk.start >= 4, chunk.start <= file.size,
                chunk.bytes <= file.size - chunk.start
            else { throw Damage("it lies outside of the file") }
        } catch {
            throw fault(error)
        }
        at = chunk.start
        end = chunk.start + chunk.bytes
        valuesLeft = chunk.values
        pageLeft = 0
        dictionary = nil
        decoder = nil
        isAtEnd = false
        try advance()
    }

    /// Goes to the next entry, which at the end is none.
    func advance() throws(Fault) {
        do throws(Damage) {
            try step()
        } catch {
            throw fault(error)
        }
    }

    /// The current value's text is appended as JSON.
    func append(to bytes: inout [UInt8], _ checker: inout JSONChecker) throws(Fault) {
        guard let value, !isAtEnd else { throw fault(.ended) }
        do throws(Damage) {
            if case .joined = value {
                let form = form
                var damage: Damage?
                (decoder?.joined ?? []).withUnsafeBytes { joined in
                    do throws(Damage) {
                        try form.append(.bytes(joined), to: &bytes, &checker)
                    } catch {
                        damage = error
                    }
                }
                if let damage { throw damage }
            } else {
                try form.append(value, to: &bytes, &checker)
            }
        } catch {
            throw fault(error)
        }
    }

    private func step() throws(Damage) {
        while pageLeft == 0 {
            if valuesLeft == 0 {
                (isAtEnd, definition, repetition, value) = (true, 0, 0, nil)
                return
            }
            try readPage()
        }
        pageLeft -= 1
        valuesLeft -= 1
        definition = try level(&definitions, node.definition)
        repetition = try level(&repetitions, node.repetitionLevel)
        value = definition == node.definition ? try decoder?.next() : nil
    }

    private func level(_ decoder: inout RunDecoder?, _ highest: Int) throws(Damage) -> Int {
        guard let level = try decoder?.next() else { return 0 }
        guard level <= highest else { throw Damage("a value lies too deep") }
        return Int(level)
    }

    private func readPage() throws(Damage) {
        let header = try readHeader()
        let start = at
        guard header.packedBytes <= end - at else { throw .ended }
        at += header.packedBytes
        switch header.type {
        case .data?: try openPage(header, start)
        case .dataV2?: try openPageV2(header, start)
        case .dictionary?: try openDictionary(header, start)
        case .index?, nil: break
        }
    }

    private func readHeader() throws(Damage) -> PageHeader {
        var count = min(Self.firstHeaderBytes, end - at)
        while true {
            try file.grow(&header, to: count)
            let room = UnsafeMutableRawBufferPointer(rebasing: header.bytes[..<count])
            try file.read(at, into: room)
            var reader = CompactReader(UnsafeRawBufferPointer(room))
            do throws(Damage) {
                let header = try PageHeader(&reader)
                at += reader.position
                return header
            } catch {
                // Headers with long statistics need more bytes.
                guard error == .ended, count < min(Self.mostHeaderBytes, end - at) else {
                    throw error
                }
                count = min(count * 16, Self.mostHeaderBytes, end - at)
            }
        }
    }

    private func openDictionary(_ header: PageHeader, _ start: Int) throws(Damage) {
        guard dictionary == nil else { throw Damage("it has two dictionaries in a row group") }
        try file.grow(&dictionaryPage, to: header.plainBytes)
        try file.unpack(
            codec, at: start, packedBytes: header.packedBytes, plainBytes: header.plainBytes,
            into: dictionaryPage, offset: 0)
        dictionary = try ValueDictionary(
            UnsafeRawBufferPointer(rebasing: dictionaryPage.bytes[..<header.plainBytes]),
            count: header.values, plain)
    }

    private func openPage(_ header: PageHeader, _ start: Int) throws(Damage) {
        try file.grow(&page, to: header.plainBytes)
        try file.unpack(
            codec, at: start, packedBytes: header.packedBytes, plainBytes: header.plainBytes,
            into: page, offset: 0)
        var bytes = Bytes(UnsafeRawBufferPointer(rebasing: page.bytes[..<header.plainBytes]))
        func levels(_ highest: Int, _ encoding: Int32) throws(Damage) -> RunDecoder? {
            if highest == 0 { return nil }
            guard encoding == Encoding.rle.rawValue else {
                throw .unsupported("its levels have the encoding \(encoding)")
            }
            let count = Int(try bytes.number(UInt32.self))
            return try RunDecoder(try bytes.take(count), width: Self.bits(highest))
        }
        repetitions = try levels(node.repetitionLevel, header.repetitionEncoding)
        definitions = try levels(node.definition, header.definitionEncoding)
        try begin(header, bytes.takeRest())
    }

    private func openPageV2(_ header: PageHeader, _ start: Int) throws(Damage) {
        let levels = header.repetitionBytes + header.definitionBytes
        guard levels <= header.plainBytes, levels <= header.packedBytes else { throw .ended }
        try file.grow(&page, to: header.plainBytes)
        let room = UnsafeMutableRawBufferPointer(rebasing: page.bytes[..<levels])
        try file.read(start, into: room)
        try file.unpack(
            header.isPacked ? codec : .uncompressed, at: start + levels,
            packedBytes: header.packedBytes - levels, plainBytes: header.plainBytes - levels,
            into: page, offset: levels)
        var bytes = Bytes(UnsafeRawBufferPointer(rebasing: page.bytes[..<header.plainBytes]))
        let repeated = try bytes.take(header.repetitionBytes)
        let defined = try bytes.take(header.definitionBytes)
        repetitions =
            node.repetitionLevel == 0
            ? nil : try RunDecoder(repeated, width: Self.bits(node.repetitionLevel))
        definitions =
            node.definition == 0
            ? nil : try RunDecoder(defined, width: Self.bits(node.definition))
        try begin(header, bytes.takeRest())
    }

    private func begin(_ header: PageHeader, _ data: UnsafeRawBufferPointer) throws(Damage) {
        guard header.values <= valuesLeft else {
            throw Damage("its pages have more values than the footer says")
        }
        guard let encoding = Encoding(rawValue: header.encoding) else {
            throw .unsupported("it has the unknown encoding \(header.encoding)")
        }
        pageLeft = header.values
        decoder = try ValueDecoder(
            data, encoding: encoding, limit: header.values, plain: plain, dictionary: dictionary)
    }

    /// Bits that hold the numbers up to `highest`.
    private static func bits(_ highest: Int) -> Int {
        Int.bitWidth - highest.leadingZeroBitCount
    }

    func fault(_ damage: Damage) -> Fault {
        ParquetFault.of(damage, file.path, place: "column `\(name)`, row group \(group + 1)")
    }
}

enum ParquetFault {
    static func of(_ damage: Damage, _ path: String, place: String? = nil) -> Fault {
        let why = place.map { "\($0): \(damage.why)" } ?? damage.why
        if damage.isUnsupported {
            return Fault(
                .badData, "the Parquet file uses what is not read", at: .file(path), why: why,
                hint: "write it again with another tool's defaults, for example "
                    + "`pyarrow.parquet.write_table(table, path, compression=\"zstd\")`")
        }
        return Fault(
            .badData, "the Parquet file is damaged", at: .file(path), why: why,
            hint: "copy or download the file again")
    }
}
