internal import Records

/// What one line of a file of labels says of one record.
///
/// People have labels in these shapes:
/// - `{"id","category","value"}`;
/// - `{"id","labels"}` with an object of 0, 1 and null, a list, or one name (`label` as well): a
///   filled-in line of `picks.jsonl` is that;
/// - a task of Label Studio's JSON export, with the record's `id` among its `data`.
struct LabelLine {
    let id: String
    /// Category → whether it holds; nil where a person could not say.
    private(set) var claims: [String: Bool?] = [:]
    /// Whether the line says which categories hold, be they none, so that others may count as 0.
    private(set) var isGiven = false
    let who: String?
    let origin: PickOrigin?

    /// - Throws: `badData` without a place for a line of another shape.
    init(_ line: JSONValue) throws(Fault) {
        guard line.members != nil else {
            throw Fault(.badData, "a line is no object")
        }
        let task = line["data"]?.members == nil ? nil : line["annotations"]?.array
        let named = task == nil ? line["id"] : line["data"]?["id"]
        guard let id = named?.string ?? named?.integer.map({ "\($0)" }) else {
            throw Fault(
                .badData, "a line lacks the `id` of a record",
                hint: task == nil
                    ? nil : "import picks.jsonl into Label Studio, so that `data` holds the id")
        }
        self.id = id
        who = line["who"]?.string
        if let task {
            origin = nil
            try take(task: task)
            return
        }
        origin = PickOrigin(line)
        if let labels = line["labels"] ?? line["label"] {
            try take(labels)
        } else if let value = line["value"] {
            guard let category = line["category"]?.string else {
                throw Fault(.badData, "a label lacks its `category`")
            }
            try claim(category, value)
            isGiven = false
        } else if origin == nil {
            throw Fault(
                .badData, "a line has no label",
                hint: "give `category` and `value`, or `labels`")
        }
    }

    /// The last annotation that was not cancelled counts.
    private mutating func take(task annotations: [JSONValue]) throws(Fault) {
        let made = annotations.last { $0["was_cancelled"]?.bool != true }
        guard let results = made?["result"]?.array else { return }
        let choices = results.flatMap { $0["value"]?["choices"]?.array ?? [] }
        try take(.array(choices))
    }

    private mutating func take(_ labels: JSONValue) throws(Fault) {
        switch labels {
        case .null: return
        case .object(let members):
            for member in members { try claim(member.key, member.value) }
            isGiven = !members.isEmpty
        case .array(let names):
            for name in names { try claim(named: name) }
            isGiven = true
        default:
            try claim(named: labels)
            isGiven = true
        }
    }

    private mutating func claim(named name: JSONValue) throws(Fault) {
        guard let name = name.string else {
            throw Fault(.badData, "a label is no name of a category")
        }
        try claim(name, .bool(true))
    }

    private mutating func claim(_ category: String, _ value: JSONValue) throws(Fault) {
        let name = CategoryName.normal(category)
        guard !name.isEmpty else { throw Fault(.badData, "a category has no name") }
        guard let value = Self.value(value) else {
            throw Fault(.badData, "the label of `\(name)` is not 0, 1 or null")
        }
        claims.updateValue(value, forKey: name)
        isGiven = true
    }

    /// The value of a label; nil for what is none.
    private static func value(_ value: JSONValue) -> Bool?? {
        switch value {
        case .null: .some(nil)
        case .bool(let flag): flag
        case .string(let word):
            switch word.lowercased() {
            case "1", "true", "yes": true
            case "0", "false", "no": false
            case "": .some(nil)
            default: nil
            }
        default:
            switch value.double {
            case 1: true
            case 0: false
            default: nil
            }
        }
    }

    /// Says 0 of every category that the line, which names those that hold, does not.
    mutating func fillZeros(_ taxonomy: Taxonomy) {
        guard isGiven else { return }
        let held = Set(claims.filter { $0.value == true }.flatMap { taxonomy.closure(of: $0.key) })
        for category in taxonomy.categories
        where claims[category.id] == nil && !held.contains(category.id) {
            claims.updateValue(false, forKey: category.id)
        }
    }
}
