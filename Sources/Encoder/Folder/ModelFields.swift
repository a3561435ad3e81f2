internal import Records

/// One value of a model folder's JSON files.
enum ModelValue: Decodable, Sendable, Equatable {
    case null
    case flag(Bool)
    case whole(Int)
    case real(Double)
    case text(String)
    case list([ModelValue])
    case mapping([String: ModelValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int.self) {
            self = .whole(number)
        } else if let number = try? value.decode(Double.self) {
            self = .real(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([ModelValue].self) {
            self = .list(list)
        } else {
            self = .mapping(try value.decode([String: ModelValue].self))
        }
    }

    /// As a message shows it.
    var description: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .whole(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        case .list(let list): "[\(list.map(\.description).joined(separator: ", "))]"
        case .mapping: "a mapping"
        }
    }
}

/// The fields of one JSON file, read one by one; a fault names the field and the file.
///
/// A field that is null counts as absent, as it does in transformers.
struct ModelFields: Sendable {
    let path: String
    private let values: [String: ModelValue]

    init(path: String) throws(Fault) {
        self.path = path
        values = try decodeModelJSON([String: ModelValue].self, path: path)
            .filter { $0.value != .null }
    }

    /// The file's fields, or none when there is no such file.
    static func ifPresent(_ path: String) throws(Fault) -> ModelFields {
        fileExists(path) ? try ModelFields(path: path) : ModelFields(path: path, values: [:])
    }

    private init(path: String, values: [String: ModelValue]) {
        self.path = path
        self.values = values
    }

    var names: [String] { values.keys.sorted() }

    subscript(_ field: String) -> ModelValue? { values[field] }

    func whole(
        _ field: String, in range: ClosedRange<Int>, default standard: Int? = nil
    ) throws(Fault) -> Int {
        switch values[field] {
        case .whole(let number):
            try refuse(!range.contains(number), field)
            return number
        case nil: return try absent(field, standard)
        default: throw wrongType(field)
        }
    }

    func real(_ field: String, default standard: Double? = nil) throws(Fault) -> Double {
        switch values[field] {
        case .real(let number): return number
        case .whole(let number): return Double(number)
        case nil: return try absent(field, standard)
        default: throw wrongType(field)
        }
    }

    func text(_ field: String, default standard: String? = nil) throws(Fault) -> String {
        switch values[field] {
        case .text(let text): return text
        case nil: return try absent(field, standard)
        default: throw wrongType(field)
        }
    }

    func flag(_ field: String, default standard: Bool) throws(Fault) -> Bool {
        switch values[field] {
        case .flag(let flag): return flag
        case nil: return standard
        default: throw wrongType(field)
        }
    }

    /// Throws the one sentence all refusals of a setting have.
    func refuse(_ condition: Bool, _ field: String) throws(Fault) {
        guard condition else { return }
        throw refusal(field, values[field]?.description ?? "absent")
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
