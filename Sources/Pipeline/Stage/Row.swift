public import Records

/// Where a record's line lies in a dataset.
public struct RowAddress: Portable, Equatable {
    public var shard: Int32
    /// Of the line without its end, in bytes.
    public var length: Int32
    /// From the start of the shard's file of records, in bytes.
    public var offset: Int64

    public init(shard: Int32, length: Int32, offset: Int64) {
        self.shard = shard
        self.length = length
        self.offset = offset
    }

    public func write(to bytes: inout PortableWriter) {
        shard.write(to: &bytes)
        length.write(to: &bytes)
        offset.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no address.
    public init(from bytes: inout PortableReader) throws(Fault) {
        shard = try Int32(from: &bytes)
        length = try Int32(from: &bytes)
        offset = try Int64(from: &bytes)
    }
}

/// One record on its way through a stage, and where it stands.
public struct Row: Sendable {
    /// The row's number in the stage's input, from 0: also its row in `embeddings.npy` and its
    /// line in every sidecar.
    public let index: Int
    public let record: Record
    /// Where the record lies; nil for a row that was not read from a dataset.
    public let address: RowAddress?
    /// The row's lines in the sidecars that the stage reads, without line ends.
    let notes: [String: [UInt8]]

    public init(
        index: Int, record: Record, address: RowAddress? = nil, notes: [String: [UInt8]] = [:]
    ) {
        self.address = address
        self.index = index
        self.record = record
        self.notes = notes
    }

    /// The row's value in a sidecar; nil when the sidecar has nothing about it.
    public func note(_ sidecar: String) -> [UInt8]? {
        guard let note = notes[sidecar], note != Array("null".utf8) else { return nil }
        return note
    }
}

/// Neighbouring rows that are worked on together.
public struct RowBlock: Sendable {
    public let rows: [Row]
    /// Their numbers in the stage's input.
    public let range: Range<Int>

    public init(rows: [Row], range: Range<Int>) {
        self.rows = rows
        self.range = range
    }
}

/// What became of one row.
public struct Outcome: Sendable {
    public enum Verdict: Sendable {
        /// Kept as it is, byte for byte.
        case keep
        /// Kept with other labels or provenance; its id stays.
        case replace(Record)
        case refuse(Refusal)
    }

    public var verdict: Verdict
    /// The row's line in the stage's own sidecar, valid JSON; nil is `null`.
    public var note: [UInt8]?
    /// New rows, placed right behind this one.
    public var added: [Addition]
    /// Lines for files of the stage's own, which have their lines in the order of the rows.
    public var lines: [FileLine]

    public init(
        _ verdict: Verdict, note: [UInt8]? = nil, added: [Addition] = [],
        lines: [FileLine] = []
    ) {
        self.verdict = verdict
        self.note = note
        self.added = added
        self.lines = lines
    }

    public static let keep = Outcome(.keep)

    /// What ends a stage whose vectors are of several lengths.
    public static var unevenVectors: Fault {
        Fault(
            .badData, "the vectors of one dataset are not equally long",
            why: "the model of that name makes other vectors than it made before",
            hint: "set `cache: false`, or `dimensions`")
    }

    /// A refusal in one line.
    public static func refuse(
        _ code: String, score: Double? = nil, matched: String? = nil, detail: String? = nil
    ) -> Outcome {
        Outcome(.refuse(Refusal(code, score: score, matched: matched, detail: detail)))
    }
}

/// A line for a file of the stage's own.
public struct FileLine: Sendable {
    /// The file's name.
    public var file: String
    /// Without its end; nil for the row's record as it lies in the input.
    public var line: [UInt8]?

    public init(_ file: String, _ line: [UInt8]) {
        self.file = file
        self.line = line
    }

    /// The row's record as it lies in the input.
    public static func record(in file: String) -> FileLine {
        var line = FileLine(file, [])
        line.line = nil
        return line
    }
}

/// A row that a stage made.
public struct Addition: Sendable {
    public var record: Record
    public var note: [UInt8]?
    /// Why the new row goes no further; nil for one that is kept.
    public var refusal: Refusal?

    public init(_ record: Record, note: [UInt8]? = nil, refusal: Refusal? = nil) {
        self.record = record
        self.note = note
        self.refusal = refusal
    }
}

/// Why a row goes no further: a line of `refused.jsonl`.
public struct Refusal: Portable, Equatable {
    /// What the runner says of a generator's row whose id is in the input already: the same row
    /// was made by an earlier run whose output is now a source.
    static let madeBefore = "made_before"

    /// One of the codes in the stage's description.
    public var code: String
    /// The number that decided, if one did.
    public var score: Double?
    /// The row that this one matched.
    public var matched: String?
    /// Where or how, without any of the row's text but for words of a file to check against.
    public var detail: String?

    public init(
        _ code: String, score: Double? = nil, matched: String? = nil, detail: String? = nil
    ) {
        self.code = code
        self.score = score
        self.matched = matched
        self.detail = detail
    }

    public func write(to bytes: inout PortableWriter) {
        code.write(to: &bytes)
        score.write(to: &bytes)
        matched.write(to: &bytes)
        detail.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no refusal.
    public init(from bytes: inout PortableReader) throws(Fault) {
        code = try String(from: &bytes)
        score = try Double?(from: &bytes)
        matched = try String?(from: &bytes)
        detail = try String?(from: &bytes)
    }

    func line(id: String) -> [UInt8] {
        var line = JSONObject()
        line["id"] = .string(id)
        line["reason"] = .string(code)
        line["score"] = score.map { .number($0) } ?? .null
        line["matched"] = matched.map { .string($0) } ?? .null
        line["detail"] = detail.map { .string($0) } ?? .null
        return line.bytes
    }
}

/// What a block of input became, in order.
public struct BlockResult: Sendable {
    /// A piece of the result.
    public enum Item: Sendable {
        /// The input row with this position in the block.
        case row(position: Int, Outcome)
        /// A row that came from outside, kept: a source's rows are these.
        case input(Record, note: [UInt8]?)
        /// A row without a parent that the stage generated, kept.
        case generated(Addition)
        /// A row from outside, refused; the id is its place when it has none of its own.
        case refused(id: String, Refusal)
    }

    public var items: [Item]
    /// One vector a kept row, one after the other; empty unless the stage writes `embeddings`.
    public var vectors: [Float]

    public init(items: [Item], vectors: [Float] = []) {
        self.items = items
        self.vectors = vectors
    }

    /// One outcome a row, in the rows' order.
    public init(_ outcomes: [Outcome], vectors: [Float] = []) {
        items = outcomes.enumerated().map { .row(position: $0.offset, $0.element) }
        self.vectors = vectors
    }
}
