public import Records

/// A block's result as the bytes that will be written: encoded by the workers, so that the one
/// writer only appends.
struct EncodedBlock: Sendable {
    /// Lines with their ends, one after the other.
    struct Lines: Sendable {
        var bytes: [UInt8] = []
        /// Where each line ends in `bytes`.
        var ends: [Int] = []

        mutating func append(_ line: some Sequence<UInt8>) {
            bytes.append(contentsOf: line)
            endLine()
        }

        /// Ends a line whose bytes were appended in place.
        mutating func endLine() {
            bytes.append(UInt8(ascii: "\n"))
            ends.append(bytes.count)
        }

        /// The bytes of some of the lines.
        func slice(_ lines: Range<Int>) -> ArraySlice<UInt8> {
            if lines.isEmpty { return [] }
            let start = lines.lowerBound == 0 ? 0 : ends[lines.lowerBound - 1]
            return bytes[start..<ends[lines.upperBound - 1]]
        }

        mutating func reserve(_ lines: Int, bytes count: Int) {
            ends.reserveCapacity(lines)
            bytes.reserveCapacity(count)
        }
    }

    /// The sidecars' lines under way, by place instead of by name: no look-up a row.
    private struct SidecarLines {
        var carried: [Lines]
        let hasOwn: Bool
        var own = Lines()
    }

    var records = Lines()
    var refused = Lines()
    /// One line a kept row for every sidecar that is written or carried on.
    var sidecars: [String: Lines] = [:]
    /// Lines of files of the stage's own, by name.
    var files: [String: Lines] = [:]
    var vectors: [Float] = []
    /// The shard of the input that the rows come from; nil for rows that are none of the input's.
    var shard: Int?
    /// Whether every row of the input is kept in its place and none is added: what lies beside the
    /// rows stays as it is.
    var keepsRows = false
    /// Whether moreover no record is replaced.
    var keepsRecords = false
    /// The input rows that are kept, by their number in their shard.
    var keptRows: [Int] = []
    var counts = Manifest.Counts()

    /// - Parameters:
    ///   - own: The sidecar that the stage writes, if it is one of lines.
    ///   - carried: The input's sidecars that go on with the rows.
    ///   - taken: Identifiers that a new row cannot have: those of the input.
    init(
        _ result: BlockResult, of raw: BlockReader.RawBlock?, rows: [Row], own: String?,
        carried: [String], taken: IdentifierSet = IdentifierSet()
    ) {
        vectors = result.vectors
        shard = raw?.shard
        if raw != nil { (keepsRows, keepsRecords) = result.keeps(rows.count) }
        var lines = SidecarLines(
            carried: .init(repeating: Lines(), count: carried.count), hasOwn: own != nil)
        let noteOfNone = own == nil ? nil : null
        records.reserve(result.items.count, bytes: raw?.records.bytes.count ?? 0)
        for item in result.items {
            switch item {
            case .row(let position, let outcome):
                counts.input += 1
                if encode(outcome, rows[position], raw, position) {
                    keptRows.append((raw?.firstInShard ?? 0) + position)
                    for (number, name) in carried.enumerated() {
                        lines.carried[number].append(raw?.line(position, of: name) ?? null[...])
                    }
                    if let noteOfNone { lines.own.append(outcome.note ?? noteOfNone) }
                }
                for addition in outcome.added { add(addition, taken, noteOfNone, &lines) }
                for line in outcome.lines {
                    let bytes = line.line.map { $0[...] } ?? raw?.record(position) ?? []
                    files[line.file, default: Lines()].append(bytes)
                }
            case .input(let record, let note):
                counts.input += 1
                keep(record, note ?? noteOfNone, &lines)
            case .generated(let addition):
                add(addition, taken, noteOfNone, &lines)
            case .refused(let id, let refusal):
                counts.input += 1
                refuse(id, refusal)
            }
        }
        for (name, carried) in zip(carried, lines.carried) { sidecars[name] = carried }
        if let own { sidecars[own] = lines.own }
    }

    /// Keeps a new row, unless its stage refuses it, or the input has a row of that name: then it
    /// was made before.
    private mutating func add(
        _ addition: Addition, _ taken: IdentifierSet, _ noteOfNone: [UInt8]?,
        _ lines: inout SidecarLines
    ) {
        counts.added += 1
        if let refusal = addition.refusal {
            refuse(addition.record.id, refusal)
        } else if taken.contains(addition.record.id) {
            refuse(addition.record.id, Refusal(Refusal.madeBefore))
        } else {
            keep(addition.record, addition.note ?? noteOfNone, &lines)
        }
    }

    private mutating func encode(
        _ outcome: Outcome, _ row: Row, _ raw: BlockReader.RawBlock?, _ position: Int
    ) -> Bool {
        switch outcome.verdict {
        case .keep:
            if let raw {
                let line = raw.records.lines[position]
                records.append(raw.records.bytes[line.range])
            } else {
                write(row.record)
            }
            counts.kept += 1
            return true
        case .replace(let record):
            require(record.id == row.record.id, "a replaced row keeps its id")
            write(record)
            counts.kept += 1
            return true
        case .refuse(let refusal):
            refuse(row.record.id, refusal)
            return false
        }
    }

    /// Keeps a row that is not one of the input's.
    private mutating func keep(_ record: Record, _ note: [UInt8]?, _ lines: inout SidecarLines) {
        write(record)
        counts.kept += 1
        for number in lines.carried.indices { lines.carried[number].append(null) }
        if lines.hasOwn, let note { lines.own.append(note) }
    }

    private mutating func write(_ record: Record) {
        record.append(to: &records.bytes)
        records.endLine()
    }

    private mutating func refuse(_ id: String, _ refusal: Refusal) {
        refused.append(refusal.line(id: id))
        counts.refused += 1
        counts.refusedByReason[refusal.code, default: 0] += 1
    }
}

private let null = Array("null".utf8)

extension BlockResult {
    /// Whether all of `count` rows are kept in their order without additions, and whether they are
    /// kept as they are.
    fileprivate func keeps(_ count: Int) -> (rows: Bool, records: Bool) {
        guard items.count == count else { return (false, false) }
        var keepsRecords = true
        for (number, item) in items.enumerated() {
            guard case .row(number, let outcome) = item, outcome.added.isEmpty else {
                return (false, false)
            }
            switch outcome.verdict {
            case .keep: break
            case .replace: keepsRecords = false
            case .refuse: return (false, false)
            }
        }
        return (true, keepsRecords)
    }
}

extension BlockReader.RawBlock {
    /// The bytes of one line of a sidecar.
    func line(_ position: Int, of sidecar: String) -> ArraySlice<UInt8>? {
        guard let block = sidecars[sidecar] else { return nil }
        return block.bytes[block.lines[position].range]
    }

    /// The bytes of a record's line.
    func record(_ position: Int) -> ArraySlice<UInt8> {
        records.bytes[records.lines[position].range]
    }

    /// The rows with their numbers in the input.
    func block(notes names: [String]) throws(Fault) -> RowBlock {
        RowBlock(
            rows: try rows(notes: names), range: firstIndex..<firstIndex + records.lines.count)
    }

    /// The rows, parsed; only the named sidecars' lines are handed on.
    func rows(notes names: [String]) throws(Fault) -> [Row] {
        var parser = RecordParser()
        var rows: [Row] = []
        rows.reserveCapacity(records.lines.count)
        for (position, line) in records.lines.enumerated() {
            var notes: [String: [UInt8]] = [:]
            for name in names { notes[name] = copy(of: position, in: name) }
            do {
                let record = try records.withBytes(of: line) { bytes, readable throws(Fault) in
                    try parser.parse(bytes, readable: readable)
                }
                let address = RowAddress(
                    shard: Int32(shard), length: Int32(line.length), offset: Int64(line.offset))
                rows.append(
                    Row(
                        index: firstIndex + position, record: record, address: address,
                        notes: notes))
            } catch {
                var fault = error
                fault.place = .file(path, line: line.number)
                throw fault
            }
        }
        return rows
    }

    private func copy(of position: Int, in sidecar: String) -> [UInt8]? {
        line(position, of: sidecar).map(Array.init)
    }
}

extension LineBlock {
    /// Gives a line's bytes in place, and how many bytes may be read from its start.
    ///
    /// - Throws: What `body` throws.
    public func withBytes<Result>(
        of line: Line, _ body: (UnsafeRawBufferPointer, Int) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        var result: Swift.Result<Result, Fault>?
        bytes.withUnsafeBytes { buffer in
            do throws(Fault) {
                result = .success(
                    try body(
                        UnsafeRawBufferPointer(rebasing: buffer[line.range]),
                        buffer.count - line.start))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { throw Fault(.defect, "a line of a block was not read") }
        return try result.get()
    }
}
