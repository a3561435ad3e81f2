package import Records

/// A text, a number or a truth value at a path of keys of a JSON object.
package struct JSONScalar {
    /// A string unescaped, others as they are written.
    package let text: String
    /// Nil for what is no number.
    package let number: Double?

    /// Nil for null, a list or an object, and where there is no such key.
    ///
    /// - Throws: `badData` for bytes that are no JSON.
    package init?(
        at path: ArraySlice<String>, in json: [UInt8], _ parser: inout JSONParser
    ) throws(Fault) {
        guard let key = path.first, json.first == UInt8(ascii: "{") else { return nil }
        let found = try parser.children(of: json) {
            fields -> (value: JSONScalar?, nested: [UInt8]?) in
            guard let field = fields.first(where: { $0.key == key }) else { return (nil, nil) }
            switch field.kind {
            case .null, .array: return (nil, nil)
            case .object: return (nil, Array(field.raw))
            case .string: return (JSONScalar(field.string ?? "", nil), nil)
            case .number, .boolean:
                let text = String(decoding: field.raw, as: UTF8.self)
                return (JSONScalar(text, field.number), nil)
            }
        }
        if path.count == 1 {
            guard let value = found.value else { return nil }
            self = value
        } else {
            guard let nested = found.nested else { return nil }
            try self.init(at: path.dropFirst(), in: nested, &parser)
        }
    }

    private init(_ text: String, _ number: Double?) {
        self.text = text
        self.number = number
    }
}
