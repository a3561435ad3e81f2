internal import Pipeline
internal import Records

/// Scores of rows by their ids, a line each: `{"id":"r1","scores":{"spam":0.9}}`.
///
/// What `evaluate` writes to `predictions.jsonl`, and what another system's scores are read from.
struct ScoreFile: Sendable {
    static let predictions = "predictions.jsonl"
    static let idKey: StaticString = "id"
    static let scoresKey: StaticString = "scores"

    let path: String
    /// The categories that every line scores, in the order of the first line.
    private(set) var categories: [String] = []
    /// Row → place in ``scores``.
    private var places: [String: Int] = [:]
    /// Category → place → score.
    private(set) var scores: [[Double]] = []

    /// - Throws: Faults of kind `badData` with the line of everything that is no score: no more
    ///   than ten of them.
    init(path: String) throws(Fault) {
        self.path = path
        var faults: [Fault] = []
        var reader = try LineReader(path: path)
        var parser = JSONParser()
        var block = LineBlock()
        while faults.count < 10, try reader.read(into: &block, rows: 1_024) {
            for line in block.lines where !line.isEmpty && faults.count < 10 {
                do {
                    let id = try block.withBytes(of: line) { bytes, readable throws(Fault) in
                        try parser.children(of: bytes, readable: readable) { fields in
                            (Self.id(fields), fields[Self.scoresKey].map { Array($0.raw) })
                        }
                    }
                    try add(id.0, id.1, &parser)
                } catch {
                    var fault = error
                    fault.place = .file(path, line: line.number)
                    faults.append(fault)
                }
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        if places.isEmpty {
            throw Fault(.badData, "the file holds no score", at: .file(path), hint: Self.form)
        }
    }

    private static let form = #"a line is {"id":"r1","scores":{"spam":0.9,"threats":0.1}}"#

    private static func id(_ fields: JSONChildren) -> String? {
        guard let field = fields[idKey] else { return nil }
        if case .number = field.kind { return String(decoding: field.raw, as: UTF8.self) }
        return field.string
    }

    private mutating func add(
        _ id: String?, _ object: [UInt8]?, _ parser: inout JSONParser
    ) throws(Fault) {
        guard let id, let object, object.first == UInt8(ascii: "{") else {
            throw Fault(.badData, "the line has no `id` or no `scores`", hint: Self.form)
        }
        var found: [String: Double] = [:]
        var order: [String] = []
        try parser.children(of: object) { fields throws(Fault) in
            for field in fields {
                guard let number = field.number, number.isFinite else {
                    throw Fault(.badData, "the score of `\(field.key)` is not a number")
                }
                if found.updateValue(number, forKey: field.key) == nil { order.append(field.key) }
            }
        }
        if places.isEmpty {
            categories = order
            scores = order.map { _ in [] }
        }
        guard order.count == categories.count, categories.allSatisfy({ found[$0] != nil }) else {
            throw Fault(
                .badData, "the line does not score the categories of the first line",
                why: "\(order.joined(separator: ", ")) instead of "
                    + categories.joined(separator: ", "))
        }
        guard places.updateValue(places.count, forKey: id) == nil else {
            throw Fault(.badData, "a line before this one has the same `id`")
        }
        for (index, category) in categories.enumerated() {
            scores[index].append(found[category] ?? .nan)
        }
    }

    /// Where a row's scores lie; nil for a row that the file does not name.
    func place(of id: String) -> Int? { places[id] }

    /// The line of a row.
    static func line(id: String, scores: [UInt8]) -> [UInt8] {
        var line = JSONObject()
        line[idKey.description] = .string(id)
        line[scoresKey.description] = .raw(scores)
        return line.bytes
    }
}
