internal import Pipeline
internal import Records

/// What people decided about labels: lines of `{"id","category","decision"}`.
struct Decisions: Sendable {
    enum Decision: String, Sendable {
        case correct, wrong, unsure
    }

    struct Made: Sendable {
        var decision: Decision
        /// Who decided; nil when the file does not say.
        var who: String?
    }

    private var made: [String: [String: Made]] = [:]

    init() {}

    /// The decisions of a file; none when it does not exist yet.
    ///
    /// - Throws: A fault of kind `badData` with the line of anything that is not a decision.
    init(path: String?) throws(Fault) {
        guard let path, Paths.exists(path) else { return }
        var reader = try LineReader(path: path)
        var parser = JSONParser()
        var block = LineBlock()
        while try reader.read(into: &block, rows: 1_024) {
            for line in block.lines where !line.isEmpty {
                do {
                    try block.withBytes(of: line) { bytes, readable throws(Fault) in
                        try parser.children(of: bytes, readable: readable) {
                            fields throws(Fault) in try add(fields)
                        }
                    }
                } catch {
                    var fault = error
                    fault.place = .file(path, line: line.number)
                    throw fault
                }
            }
        }
    }

    private mutating func add(_ fields: JSONChildren) throws(Fault) {
        guard let id = fields["id"]?.string, let category = fields["category"]?.string else {
            throw Fault(.badData, "a decision lacks `id` or `category`")
        }
        guard let decision = fields["decision"]?.string.flatMap({ Decision(rawValue: $0) }) else {
            throw Fault(.badData, "`decision` is not correct, wrong or unsure")
        }
        made[id, default: [:]][CategoryName.normal(category)] = Made(
            decision: decision, who: fields["who"]?.string)
    }

    subscript(id: String, category: String) -> Made? { made[id]?[category] }

    var isEmpty: Bool { made.isEmpty }
}
