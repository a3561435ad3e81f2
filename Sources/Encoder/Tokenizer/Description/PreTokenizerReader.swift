internal import Records

/// Reads "pre_tokenizer" of tokenizer.json.
enum PreTokenizerReader {
    static func steps(_ field: DescriptionField) throws(Fault) -> [PreTokenizer.Step] {
        if field.isNull { return [] }
        let type = field["type"]
        switch try type.string() {
        case "Sequence":
            var steps: [PreTokenizer.Step] = []
            for part in try field["pretokenizers"].elements() { steps += try self.steps(part) }
            return steps
        case "BertPreTokenizer": return [.bert]
        case "Whitespace": return [.whitespace]
        case "WhitespaceSplit": return [.whitespaceSplit]
        case "Punctuation":
            let behavior = field["behavior"]
            guard try behavior.string(or: "Isolated") == "Isolated" else {
                throw behavior.unsupported()
            }
            return [.punctuation]
        case "ByteLevel":
            return [
                .byteLevel(
                    addsSpace: try field["add_prefix_space"].flag(or: true),
                    splits: try field["use_regex"].flag(or: true))
            ]
        case "Metaspace": return [.metaspace(try metaspace(field))]
        default: throw type.unsupported()
        }
    }

    private static func metaspace(
        _ field: DescriptionField
    ) throws(Fault) -> PreTokenizer.Metaspace {
        let mark = field["replacement"]
        let replacement = Array(try mark.string(or: "\u{2581}").utf8)
        // A space would be found again among what it replaced.
        guard try mark.string(or: "\u{2581}").unicodeScalars.count == 1, replacement != [0x20]
        else { throw mark.unsupported() }
        // Older files say only whether there is a space before every part.
        let adds = try field["add_prefix_space"].flag(or: true)
        let scheme = field["prepend_scheme"]
        let name = try scheme.string(or: adds ? "always" : "never")
        guard let prepending = PreTokenizer.Metaspace.Prepending(rawValue: name),
            adds || prepending == .never
        else { throw scheme.unsupported() }
        return PreTokenizer.Metaspace(
            replacement: replacement, prepending: prepending,
            splits: try field["split"].flag(or: true))
    }
}
