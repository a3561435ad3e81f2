internal import Pipeline
internal import Records

/// What people decided about labels: lines of `{"id","category","decision"}`.
struct Decisions: Portable {
    enum Decision: String, Portable {
        case correct, wrong, unsure
    }

    struct Made: Portable {
        var decision: Decision
        /// Who decided; nil when the file does not say.
        var who: String?

        init(decision: Decision, who: String?) {
            self.decision = decision
            self.who = who
        }

        func write(to bytes: inout PortableWriter) {
            decision.write(to: &bytes)
            who.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            decision = try Decision(from: &bytes)
            who = try String?(from: &bytes)
        }
    }

    private var made: [String: [String: Made]] = [:]

    init() {}

    /// The decisions of a file; none when it does not exist yet.
    ///
    /// - Throws: Faults of kind `badData` with the line of everything that is not a decision.
    init(path: String?) throws(Fault) {
        guard let path, Paths.exists(path) else { return }
        var faults: [Fault] = []
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
                    faults.append(fault)
                }
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
    }

    /// - Throws: Every category that is decided about and that the taxonomy does not have.
    func check(_ path: String, _ taxonomy: Taxonomy?) throws(Fault) {
        guard let taxonomy else { return }
        let known = taxonomy.categories.map(\.id)
        let strange = Set(made.values.flatMap(\.keys)).subtracting(known).sorted()
        let faults = strange.map { category in
            Fault(
                .badData, "a decision is about `\(category)`, which is no category of the taxonomy",
                at: .file(path), hint: NearestName.hint(category, in: known))
        }
        if let fault = Fault.combined(faults) { throw fault }
    }

    /// The ids of `rows` taken away from those that were decided about, sorted.
    func identifiers(without rows: some Sequence<String>) -> [String] {
        Set(made.keys).subtracting(rows).sorted()
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

    func write(to bytes: inout PortableWriter) { made.write(to: &bytes) }

    init(from bytes: inout PortableReader) throws(Fault) {
        made = try [String: [String: Made]](from: &bytes)
    }
}
