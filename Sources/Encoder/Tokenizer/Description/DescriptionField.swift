internal import Records

/// One value of a tokenizer's files with its name, so that a refusal can say where it stands.
struct DescriptionField {
    let name: String
    let value: JSONValue
    /// The file, for messages.
    let path: String

    /// The member of this name; null when there is none or this is no object.
    subscript(key: String) -> DescriptionField {
        let full = name.isEmpty ? key : name + "." + key
        return DescriptionField(name: full, value: value[key] ?? .null, path: path)
    }

    var isNull: Bool { value.isNull }

    /// The elements of an array; none of null.
    func elements() throws(Fault) -> [DescriptionField] {
        if isNull { return [] }
        guard case .array(let values) = value else { throw wrong("a list") }
        return values.map { DescriptionField(name: name, value: $0, path: path) }
    }

    func string() throws(Fault) -> String {
        guard case .string(let text) = value else { throw wrong("a text") }
        return text
    }

    /// The text, or `other` in place of null.
    func string(or other: String) throws(Fault) -> String { isNull ? other : try string() }

    func flag(or other: Bool) throws(Fault) -> Bool {
        if isNull { return other }
        guard case .bool(let flag) = value else { throw wrong("true or false") }
        return flag
    }

    func number() throws(Fault) -> Double {
        guard let number = value.double, number.isFinite else { throw wrong("a number") }
        return number
    }

    /// A whole number in this range.
    func integer(_ range: ClosedRange<Int>) throws(Fault) -> Int {
        guard let whole = Int(exactly: try number()), range.contains(whole) else {
            throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    /// An identifier of a token; larger vocabularies than any model's are refused.
    func identifier() throws(Fault) -> Int32 { Int32(try integer(0...2_000_000)) }

    /// The value in a few words.
    var text: String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number):
            Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .string(let text): text.utf8.count <= 60 ? "'\(text)'" : "a longer text"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// The refusal of what is not known or not supported.
    func unsupported() -> Fault {
        Fault(
            .configuration, "this encoder does not support '\(name)' being \(text)",
            at: .file(path))
    }

    private func wrong(_ wanted: String) -> Fault {
        Fault(
            .configuration, "the field '\(name)' should be \(wanted) and is \(text)",
            at: .file(path))
    }
}
