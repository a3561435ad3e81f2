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
            bytes.append(UInt8(ascii: "\n"))
            ends.append(bytes.count)
        }
    }

    var records = Lines()
    var refused = Lines()
    /// One line a kept row for every sidecar that is written or carried on.
    var sidecars: [String: Lines] = [:]
    var vectors: [Float] = []
    /// The input rows that are kept, by their number in the input.
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
        let names = carried + (own.map { [$0] } ?? [])
        for name in names { sidecars[name] = Lines() }
        var buffer: [UInt8] = []
        for item in result.items {
            switch item {
            case .row(let position, let outcome):
                counts.input += 1
                let keeps = encode(outcome, rows[position], raw, position, &buffer)
                if keeps {
                    keptRows.append(rows[position].index)
                    for name in carried {
                        sidecars[name]?.append(raw?.line(position, of: name) ?? null[...])
                    }
                    if let own { sidecars[own]?.append(outcome.note ?? null) }
                }
                for addition in outcome.added { add(addition, taken, own, carried, &buffer) }
            case .incoming(let record, let note):
                counts.input += 1
                keep(record, note, own, carried, &buffer)
            case .made(let addition):
                add(addition, taken, own, carried, &buffer)
            case .turnedAway(let id, let refusal):
                counts.input += 1
                refuse(id, refusal)
            }
        }
    }

    /// Keeps a new row, unless the input has a row of that name: then it was made before.
    private mutating func add(
        _ addition: Addition, _ taken: IdentifierSet, _ own: String?, _ carried: [String],
        _ buffer: inout [UInt8]
    ) {
        counts.added += 1
        if taken.contains(addition.record.id) {
            refuse(addition.record.id, Refusal(Refusal.madeBefore))
        } else {
            keep(addition.record, addition.note, own, carried, &buffer)
        }
    }

    private mutating func encode(
        _ outcome: Outcome, _ row: Row, _ raw: BlockReader.RawBlock?, _ position: Int,
        _ buffer: inout [UInt8]
    ) -> Bool {
        switch outcome.verdict {
        case .keep:
            if let raw {
                let line = raw.records.lines[position]
                records.append(raw.records.bytes[line.range])
            } else {
                write(row.record, &buffer)
            }
            counts.kept += 1
            return true
        case .replace(let record):
            insist(record.id == row.record.id, "a replaced row keeps its id")
            write(record, &buffer)
            counts.kept += 1
            return true
        case .refuse(let refusal):
            refuse(row.record.id, refusal)
            return false
        }
    }

    private mutating func keep(
        _ record: Record, _ note: [UInt8]?, _ own: String?, _ carried: [String],
        _ buffer: inout [UInt8]
    ) {
        write(record, &buffer)
        counts.kept += 1
        for name in carried { sidecars[name]?.append(null) }
        if let own { sidecars[own]?.append(note ?? null) }
    }

    private mutating func write(_ record: Record, _ buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        record.append(to: &buffer)
        records.append(buffer)
    }

    private mutating func refuse(_ id: String, _ refusal: Refusal) {
        refused.append(refusal.line(id: id))
        counts.refused += 1
        counts.refusedByReason[refusal.code, default: 0] += 1
    }
}

private let null = Array("null".utf8)

extension BlockReader.RawBlock {
    /// The bytes of one line of a sidecar.
    func line(_ position: Int, of sidecar: String) -> ArraySlice<UInt8>? {
        guard let block = sidecars[sidecar] else { return nil }
        return block.bytes[block.lines[position].range]
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
                rows.append(
                    Row(index: firstIndex + position, record: record, notes: notes))
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
