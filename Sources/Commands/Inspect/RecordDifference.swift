internal import Records

/// What changed between two lines of one record, key by key.
enum RecordDifference {
    /// Keys below `provenance` that quote the text.
    private static let quoting = ["operators"]

    /// One line a change, `labels.spam: 0 → 1`; all of a record's facts when it appears.
    static func lines(from old: [UInt8]?, to new: [UInt8], showsText: Bool) -> [String] {
        let before = old.map { members($0) } ?? []
        let after = members(new)
        var lines: [String] = []
        for (key, value) in after where key != "id" {
            let previous = before.first { $0.key == key }?.value
            if previous == value { continue }
            switch key {
            case "labels", "provenance":
                lines += nested(key, previous, value, showsText: showsText)
            case "text":
                lines.append(
                    showsText
                        ? "text: \(text(value))"
                        : "text: \(NumberFormat.count(value.count - 2, "byte"))")
            default:
                let isNew = previous == nil && value == Array("{}".utf8)
                if isNew { continue }
                lines.append(
                    showsText
                        ? "\(key): \(text(value))"
                        : "\(key): \(NumberFormat.count(value.count, "byte"))")
            }
        }
        return lines
    }

    private static func nested(
        _ key: String, _ old: [UInt8]?, _ new: [UInt8], showsText: Bool
    ) -> [String] {
        let before = old.map { members($0) } ?? []
        let after = members(new)
        var lines: [String] = []
        for name in Set((before + after).map(\.key)).sorted() {
            let previous = before.first { $0.key == name }?.value
            let value = after.first { $0.key == name }?.value
            if previous == value || previous == nil && value == Array("null".utf8) { continue }
            if quoting.contains(name), !showsText {
                lines.append("\(key).\(name): changed (--show-text shows it)")
                continue
            }
            let words = value.map { text($0) } ?? "unknown"
            lines.append(
                previous.map { "\(key).\(name): \(text($0)) → \(words)" }
                    ?? "\(key).\(name): \(old == nil ? "" : "→ ")\(words)")
        }
        return lines
    }

    /// `duplicate_near, score 0.91, matched 12ab…` of a line of `refused.jsonl`.
    static func refusal(_ line: [UInt8]) -> String {
        var parts: [String] = []
        for (key, value) in members(line) where key != "id" && value != Array("null".utf8) {
            let words = text(value).filter { $0 != "\"" }
            parts.append(key == "reason" ? words : "\(key) \(words)")
        }
        return parts.joined(separator: ", ")
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The members of an object in their order, raw; none for anything else.
    private static func members(_ object: [UInt8]) -> [(key: String, value: [UInt8])] {
        var parser = JSONParser()
        let members = try? parser.children(of: object) { children throws(Fault) in
            children.map { (key: $0.key, value: Array($0.raw)) }
        }
        return members ?? []
    }
}
