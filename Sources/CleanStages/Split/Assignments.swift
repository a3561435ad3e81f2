internal import Pipeline
internal import Records
internal import StageKit

/// The sides of rows and of what ties them to others, by key: the file `assignments` of a release.
///
/// Text: a first line with the format and the number of entries, then a line for each key in rising
/// order, 16 hexadecimal digits and the side. Keys of rows that are gone stay, so that a row that
/// comes back, or a relative of one, finds its side. About 22 bytes a key, two keys a row.
struct Assignments: Sendable {
    static let fileName = "assignments"
    private static let head = "curate assignments 1 "

    /// Keys in rising order, and their sides.
    private var keys: [SplitKey] = []
    private var sides: [SplitPlan.Side] = []

    init() {}

    var isEmpty: Bool { keys.isEmpty }

    /// The smallest and the largest key; nil where there is none.
    var range: ClosedRange<SplitKey>? {
        guard let first = keys.first, let last = keys.last else { return nil }
        return first...last
    }

    subscript(key: SplitKey) -> SplitPlan.Side? {
        let place = partitionPoint(keys.count) { keys[$0] < key }
        return place < keys.count && keys[place] == key ? sides[place] : nil
    }

    /// The most protected side of some keys.
    func side(of keys: [SplitKey]) -> SplitPlan.Side? {
        keys.lazy.compactMap { self[$0] }.max { $0.rawValue < $1.rawValue }
    }

    /// The sides that rows have now, and those of keys that no row has any more.
    ///
    /// A key that several rows have gets the side of the row whose id it is, else the most
    /// protected one.
    init(_ columns: SplitColumns, _ plan: SplitPlan, earlier: Assignments) {
        struct Entry {
            var key: SplitKey
            /// Larger goes first: own ids, then what ties rows, then earlier entries.
            var rank: UInt8
        }
        let most = columns.keys.rows.keyCount + earlier.keys.count
        keys.reserveCapacity(most)
        sides.reserveCapacity(most)
        // A part of the keys at a time: what is sorted stays small.
        let bits = UInt64(max(0, Int.bitWidth - (most >> 21).leadingZeroBitCount))
        var entries: [Entry] = []
        for part in 0..<UInt64(1) << bits {
            func add(_ key: SplitKey, _ rank: UInt8) {
                if key.value >> (64 - bits) == part { entries.append(Entry(key: key, rank: rank)) }
            }
            entries.removeAll(keepingCapacity: true)
            for row in 0..<columns.keys.count where plan.sides[row].isSplit {
                let side = plan.sides[row].rawValue
                let keys = columns.keys.rows[row]
                for place in keys.indices {
                    add(SplitKey(keys[place]), (place == keys.startIndex ? 8 : 4) + side)
                }
            }
            for (key, side) in zip(earlier.keys, earlier.sides) { add(key, side.rawValue) }
            entries.sort { one, other in
                one.key == other.key ? one.rank > other.rank : one.key < other.key
            }
            for entry in entries where entry.key != keys.last {
                keys.append(entry.key)
                sides.append(SplitPlan.Side(rawValue: entry.rank & 3) ?? .train)
            }
        }
    }

    /// The file's bytes, piece by piece.
    func write(to append: ([UInt8]) throws(Fault) -> Void) throws(Fault) {
        try append(Array("\(Self.head)\(keys.count)\n".utf8))
        let names = SplitPlan.Side.allCases.map { Array(" \($0.name)\n".utf8) }
        var bytes: [UInt8] = []
        for (key, side) in zip(keys, sides) {
            Self.append(key.value, to: &bytes)
            bytes += names[Int(side.rawValue)]
            if bytes.count > 1 << 20 {
                try append(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        try append(bytes)
    }

    private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for digit in 0..<16 {
            let half = UInt8(value >> (60 - 4 * UInt64(digit)) & 15)
            bytes.append(half < 10 ? 0x30 + half : 0x57 + half)
        }
    }
}

extension Assignments {
    /// - Throws: `badData` with the line for a file that is not whole; what opening a file throws.
    init(reading path: String) throws(Fault) {
        self.init()
        try Self.readParts(of: path, keys: Int.max) { self = $0 }
    }

    /// Gives the entries of a file in parts of at most `most` keys, in the order of keys.
    ///
    /// - Throws: As ``init(reading:)``, after the parts before the place; what `body` throws.
    static func readParts(
        of path: String, keys most: Int, _ body: (Assignments) throws(Fault) -> Void
    ) throws(Fault) {
        var reader = try LineReader(path: path)
        var block = LineBlock()
        var count: Int?
        var part = Assignments()
        var taken = 0
        while try reader.read(into: &block) {
            for line in block.lines where !line.isEmpty {
                let bytes = block.bytes[line.range]
                if count == nil {
                    let text = String(decoding: bytes, as: UTF8.self)
                    guard text.hasPrefix(head), let number = Int(text.dropFirst(head.count)) else {
                        throw damaged(path, line.number, "the first line is another one")
                    }
                    count = number
                } else {
                    if part.keys.count >= most {
                        try body(part)
                        // The last key stays until the next has shown that it comes behind it.
                        part.keys.removeFirst(part.keys.count - 1)
                        part.sides.removeFirst(part.sides.count - 1)
                    }
                    try part.take(bytes, path, line.number)
                    taken += 1
                }
            }
        }
        guard count == taken else {
            throw damaged(path, nil, "it has \(taken) of \(count ?? 0) entries")
        }
        try body(part)
    }

    private mutating func take(
        _ bytes: ArraySlice<UInt8>, _ path: String, _ line: Int
    ) throws(Fault) {
        guard bytes.count > 17, let value = Self.value(of: bytes.prefix(16)),
            bytes[bytes.startIndex + 16] == UInt8(ascii: " "),
            let side = Self.side(bytes.dropFirst(17))
        else { throw Self.damaged(path, line, "the line is no key with a side") }
        let key = SplitKey(value)
        guard keys.last.map({ $0 < key }) ?? true else {
            throw Self.damaged(path, line, "the keys are out of order")
        }
        keys.append(key)
        sides.append(side)
    }

    private static func value(of digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    private static func side(_ name: ArraySlice<UInt8>) -> SplitPlan.Side? {
        if name.elementsEqual("train".utf8) { return .train }
        if name.elementsEqual("val".utf8) { return .val }
        return name.elementsEqual("test".utf8) ? .test : nil
    }

    private static func damaged(_ path: String, _ line: Int?, _ why: String) -> Fault {
        Fault(
            .badData, "the sides of the earlier run cannot be read", at: .file(path, line: line),
            why: why,
            hint: "restore the file, name another release with `keep`, or set `rebalance: true`, "
                + "which deals every row anew")
    }

    /// The sides in a release: in its file, or, of one that has none, those of the rows in its
    /// JSON lines.
    ///
    /// - Throws: `configuration` for a folder that has neither; `badData` for what is no release.
    init(release folder: String, _ settings: SplitSettings) throws(Fault) {
        if Paths.exists("\(folder)/\(Self.fileName)") {
            self = try Assignments(reading: "\(folder)/\(Self.fileName)")
            return
        }
        var columns = SplitColumns()
        var sides: [SplitPlan.Side] = []
        var parser = RecordParser()
        var keys = SplitKeyReader(settings.groups)
        for side in SplitPlan.Side.splits {
            let path = "\(folder)/\(side.name).jsonl"
            guard Paths.exists(path) else { continue }
            var reader = try LineReader(path: path, maximumLineBytes: 1 << 30)
            var block = LineBlock()
            while try reader.read(into: &block) {
                for line in block.lines where !line.isEmpty {
                    let record = try block.withBytes(of: line) { bytes, readable throws(Fault) in
                        do throws(Fault) {
                            return try parser.parse(bytes, readable: readable)
                        } catch {
                            throw Self.damaged(path, line.number, error.what)
                        }
                    }
                    let found = try keys.keys(of: Row(index: sides.count, record: record))
                    columns.append(
                        found.keys, hasText: found.hasText, grouped: [], given: nil, time: nil)
                    sides.append(side)
                }
            }
        }
        self.init(columns, SplitPlan(sides: sides), earlier: Assignments())
    }
}
