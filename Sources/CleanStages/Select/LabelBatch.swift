internal import Pipeline
internal import Records

/// What a file of labels says: of several labels of one record and category the last.
struct LabelBatch {
    struct Claim {
        /// Nil where a person could not say.
        var value: Bool?
        var who: String?
        /// Where the file says it.
        var line: Int
    }

    /// Id → category → label.
    private(set) var claims: [String: [String: Claim]] = [:]
    /// Id → the first line with it.
    private(set) var firstLine: [String: Int] = [:]
    /// Id → why it was picked, in the order of the file, each round once.
    private(set) var origins: [String: [PickOrigin]] = [:]
    /// Lines without any label.
    private(set) var open = 0

    init() {}

    /// Reads a file of JSON lines or a JSON array.
    ///
    /// - Parameter fillsZeros: Whether a category that a row's labels do not name is 0.
    /// - Throws: `badData` with every line that is no label, names a category that the taxonomy
    ///   does not have, or contradicts the taxonomy.
    init(path: String, taxonomy: Taxonomy?, fillsZeros: Bool = false) throws(Fault) {
        let known = taxonomy.map { $0.categories.map(\.id) }
        var faults: [Fault] = []
        try Self.read(path) { block, row in
            do throws(Fault) {
                var line = try LabelLine(try Self.value(block, row))
                if let known { try Self.check(line, known) }
                if fillsZeros, let taxonomy { line.fillZeros(taxonomy) }
                add(line, row.number)
            } catch {
                var fault = error
                fault.place = .file(path, line: row.number)
                faults.append(fault)
            }
        }
        if let taxonomy { faults += contradictions(path, taxonomy) }
        if let fault = Fault.combined(faults) { throw fault }
    }

    private static func check(_ line: LabelLine, _ known: [String]) throws(Fault) {
        for category in line.claims.keys.sorted() where !known.contains(category) {
            throw Fault(
                .badData, "`\(category)` is no category of the taxonomy",
                hint: NearestName.hint(category, in: known))
        }
    }

    private mutating func add(_ line: LabelLine, _ number: Int) {
        if firstLine[line.id] == nil { firstLine[line.id] = number }
        if let origin = line.origin,
            !(origins[line.id] ?? []).contains(where: {
                $0.round == origin.round
            })
        {
            origins[line.id, default: []].append(origin)
        }
        if line.claims.isEmpty { open += 1 }
        for (category, value) in line.claims {
            claims[line.id, default: [:]][category] = Claim(
                value: value, who: line.who, line: number)
        }
    }

    /// Labels of one record that the taxonomy does not allow together.
    private func contradictions(_ path: String, _ taxonomy: Taxonomy) -> [Fault] {
        var faults: [(line: Int, fault: Fault)] = []
        func note(_ line: Int, _ what: String) {
            faults.append((line, Fault(.badData, what, at: .file(path, line: line))))
        }
        for (_, labels) in claims {
            let held = labels.filter { $0.value.value == true }.sorted { $0.key < $1.key }
            if taxonomy.isSingleLabel, held.count > 1 {
                note(
                    held.map(\.value.line).max() ?? 0,
                    "a text has exactly one category, and a row is given "
                        + held.map { "`\($0.key)`" }.joined(separator: " and "))
            }
            for (category, claim) in held {
                for implied in taxonomy.closure(of: category).dropFirst() {
                    guard let other = labels[implied], other.value == false else { continue }
                    note(
                        max(claim.line, other.line),
                        "`\(category)` is 1 and `\(implied)`, which it implies, is 0")
                }
            }
        }
        return faults.sorted { ($0.line, $0.fault.what) < ($1.line, $1.fault.what) }.map(\.fault)
    }

    private static let sampleBytes = 64 << 10

    /// Calls `body` with every line that is not blank, or every value of a JSON array.
    private static func read(
        _ path: String, _ body: (LineBlock, LineBlock.Line) -> Void
    ) throws(Fault) {
        var source = try ByteSource(path: path)
        let start = try source.peek(sampleBytes)
        var block = LineBlock()
        if JSONDocumentReader.shape(of: start, textKey: Array("id".utf8)) == .values {
            var reader = try JSONDocumentReader(source: source, shape: .values)
            while try reader.read(into: &block) {
                for line in block.lines { body(block, line) }
            }
        } else {
            var reader = LineReader(source: source)
            while try reader.read(into: &block) {
                for line in block.lines where !isBlank(block, line) { body(block, line) }
            }
        }
    }

    private static func value(
        _ block: LineBlock, _ line: LineBlock.Line
    ) throws(Fault) -> JSONValue {
        if line.isTooLong { throw Fault(.badData, "the line is too long") }
        do throws(JSONReader.ParseError) {
            return try JSONReader.read(Array(block.bytes[line.range]))
        } catch {
            throw Fault(
                .badData, "the line is not valid JSON",
                why: "\(error.what) (byte \(error.offset + 1))")
        }
    }

    private static func isBlank(_ block: LineBlock, _ line: LineBlock.Line) -> Bool {
        !line.isTooLong && block.bytes[line.range].allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
