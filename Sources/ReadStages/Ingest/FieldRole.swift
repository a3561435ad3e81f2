internal import Records

/// What a field of a source is for, and the names under which files of others have it.
enum FieldRole: Sendable {
    case id, text, label

    /// The role of a source's setting; nil for those whose fields have no common names.
    init?(setting: String) {
        switch setting {
        case "id": self = .id
        case "text": self = .text
        case "label", "labels": self = .label
        default: return nil
        }
    }

    /// The common names, the likeliest first.
    private var names: [String] {
        switch self {
        case .id:
            [
                "id", "uid", "uuid", "guid", "row_id", "record_id", "text_id", "doc_id", "post_id",
                "tweet_id", "comment_id", "message_id", "review_id", "key",
            ]
        case .text:
            [
                "text", "texts", "content", "body", "message", "comment", "tweet", "post",
                "sentence", "document", "review", "utterance", "prompt", "question", "input",
            ]
        case .label:
            [
                "label", "labels", "category", "categories", "class", "target", "annotation",
                "gold", "sentiment", "intent", "topic", "tag", "tags", "kind", "type",
            ]
        }
    }

    /// The one of a file's fields that has probably this role.
    ///
    /// - Parameter isChosen: Whether the user chose `name`, so that a slip in it is likelier than
    ///   another name for the same.
    func nearest(_ name: String, isChosen: Bool, in fields: [String]) -> String? {
        let byEdits = NearestName.of(name, in: fields)
        if isChosen, let byEdits { return byEdits }
        let folded = fields.map(Self.folded)
        for common in names.map(Self.folded) {
            if let place = folded.firstIndex(of: common) { return fields[place] }
        }
        if let byEdits { return byEdits }
        // Ids of others than the row end so too.
        if self == .id { return nil }
        // `comment_text`, `finalLabel`, `toxicity class`.
        for (field, words) in zip(fields, fields.map(Self.words)) where words.count > 1 {
            if let last = words.last, names.contains(last) { return field }
        }
        return nil
    }

    /// In small letters and without what separates words.
    private static func folded(_ name: String) -> String { words(name).joined() }

    private static func words(_ name: String) -> [String] {
        var words: [String] = [""]
        var isAfterSmall = false
        for scalar in name.unicodeScalars {
            let isCapital = ("A"..."Z").contains(scalar)
            if "_- .:/".unicodeScalars.contains(scalar) || isCapital && isAfterSmall {
                words.append("")
            }
            if !"_- .:/".unicodeScalars.contains(scalar) {
                words[words.count - 1] += String(scalar).lowercased()
            }
            isAfterSmall = ("a"..."z").contains(scalar)
        }
        return words.filter { !$0.isEmpty }
    }
}

/// Whether names of columns are no names, but the first row of a file without a header.
enum MissingHeader {
    private static let longestName = 64
    private static let mostWords = 6

    static func looksLikely(_ names: [String]) -> Bool {
        names.contains { name in
            Double(name) != nil || name.contains("://") || name.unicodeScalars.count > longestName
                || name.split(separator: " ").count > mostWords
        }
    }

    /// - Parameter fields: How many the first line has.
    static func hint(fields: Int) -> String {
        "the first line looks like a row, not like names of columns: where a file has no header, "
            + "`columns` in the source names its \(NumberFormat.count(fields, "field")), as in "
            + "`columns: [id, text, label]`"
    }
}
