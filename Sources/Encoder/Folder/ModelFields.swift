internal import Records

/// The fields of one JSON file, read one by one; a fault names the field and the file.
///
/// A field that is null counts as absent, as it does in transformers.
struct ModelFields: Sendable {
    let path: String
    private let values: [String: JSONValue]

    init(path: String) throws(Fault) {
        self.path = path
        guard let members = try JSONValue(ofModel: path).members else {
            throw Fault(.configuration, "the file is not a JSON object", at: .file(path))
        }
        values = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            .filter { !$0.value.isNull }
    }

    /// The file's fields, or none when there is no such file.
    static func ifPresent(_ path: String) throws(Fault) -> ModelFields {
        fileExists(path) ? try ModelFields(path: path) : ModelFields(path: path, values: [:])
    }

    private init(path: String, values: [String: JSONValue]) {
        self.path = path
        self.values = values
    }

    var names: [String] { values.keys.sorted() }

    subscript(_ field: String) -> JSONValue? { values[field] }

    func whole(
        _ field: String, in range: ClosedRange<Int>, default standard: Int? = nil
    ) throws(Fault) -> Int {
        guard let value = values[field] else { return try absent(field, standard) }
        guard let number = value.integer else { throw wrongType(field) }
        try refuse(!range.contains(number), field)
        return number
    }

    func real(_ field: String, default standard: Double? = nil) throws(Fault) -> Double {
        guard let value = values[field] else { return try absent(field, standard) }
        guard let number = value.double else { throw wrongType(field) }
        return number
    }

    func text(_ field: String, default standard: String? = nil) throws(Fault) -> String {
        switch values[field] {
        case .string(let text): return text
        case nil: return try absent(field, standard)
        default: throw wrongType(field)
        }
    }

    func flag(_ field: String, default standard: Bool) throws(Fault) -> Bool {
        switch values[field] {
        case .bool(let flag): return flag
        case nil: return standard
        default: throw wrongType(field)
        }
    }

    /// Throws the one sentence all refusals of a setting have.
    func refuse(_ condition: Bool, _ field: String) throws(Fault) {
        guard condition else { return }
        throw refusal(field, values[field].map(Self.text) ?? "absent")
    }

    /// A value as a message shows it.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): value.integer.map { "\($0)" } ?? "\(number)"
        case .string(let text): text
        case .array(let list): "[\(list.map(text).joined(separator: ", "))]"
        case .object: "a mapping"
        }
    }

    func refusal(_ field: String, _ value: String) -> Fault {
        Fault(
            .configuration, "this encoder does not support '\(field)' being \(value)",
            at: .file(path),
            hint: "use a BERT, DistilBERT, MPNet, RoBERTa or XLM-RoBERTa sentence encoder")
    }

    func wrongType(_ field: String) -> Fault {
        Fault(.configuration, "the field '\(field)' has the wrong type", at: .file(path))
    }

    private func absent<Value>(_ field: String, _ standard: Value?) throws(Fault) -> Value {
        if let standard { return standard }
        throw Fault(.configuration, "the field '\(field)' is missing", at: .file(path))
    }
}
