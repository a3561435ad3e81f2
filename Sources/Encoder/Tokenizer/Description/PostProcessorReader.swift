internal import Records

/// Reads "post_processor" of tokenizer.json: the special tokens before and after a single text.
enum PostProcessorReader {
    struct Frame: Equatable {
        var before: [Int32] = []
        var after: [Int32] = []
    }

    static func frame(_ field: DescriptionField) throws(Fault) -> Frame {
        if field.isNull { return Frame() }
        let type = field["type"]
        switch try type.string() {
        case "Sequence":
            var frame = Frame()
            for part in try field["processors"].elements() {
                let next = try self.frame(part)
                frame.before = next.before + frame.before
                frame.after += next.after
            }
            return frame
        case "ByteLevel": return Frame()
        case "BertProcessing", "RobertaProcessing":
            return Frame(before: [try pair(field["cls"])], after: [try pair(field["sep"])])
        case "TemplateProcessing": return try template(field)
        default: throw type.unsupported()
        }
    }

    /// A token and its identifier.
    private static func pair(_ field: DescriptionField) throws(Fault) -> Int32 {
        let parts = try field.elements()
        guard parts.count == 2 else { throw field.unsupported() }
        return try parts[1].identifier()
    }

    private static func template(_ field: DescriptionField) throws(Fault) -> Frame {
        var frame = Frame()
        var hasText = false
        for piece in try field["single"].elements() {
            let name = piece["SpecialToken"]["id"]
            if name.isNull {
                let sequence = piece["Sequence"]["id"]
                guard !hasText, try sequence.string() == "A" else { throw sequence.unsupported() }
                hasText = true
                continue
            }
            let special = field["special_tokens"][try name.string()]["ids"]
            for identifier in try special.elements() {
                if hasText {
                    frame.after.append(try identifier.identifier())
                } else {
                    frame.before.append(try identifier.identifier())
                }
            }
        }
        guard hasText else { throw field["single"].unsupported() }
        return frame
    }
}
