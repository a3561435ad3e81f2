internal import Prompts
internal import Records

/// What a prompt asks for, read from its plain lines (`Task: positives`, `Count: 5`, …).
///
/// Only what stands outside fences counts, so that a text from data cannot ask for anything. The
/// first line of each name wins.
struct TaskRequest: Sendable {
    enum Task: String, Sendable, CaseIterable {
        case label, positives, hardNegatives = "hard_negatives", fewShot = "few_shot", innocuous
    }

    var task: Task
    var categories: [String]
    var attributes: [String]
    /// Texts asked for, 1 to ``countLimit``.
    var count: Int
    var level: String
    var platform: String
    var mustContain: String
    var mustNotContain: String
    /// Topic, narrator, when and kind, as a grammar's symbols name them.
    var ingredients: [String: String]
    /// The fenced texts, in order.
    var texts: [String]

    /// As many as one reply may hold; far above what a prompt should ask of a real model.
    static let countLimit = 200
    private static let valueLimit = 200

    init(prompt: String) throws(Refused) {
        let lines = Self.lines(of: Fence.outside(of: prompt))
        guard let name = lines["task"] else {
            throw Refused(
                400,
                "This is curate's offline grammar server, not a language model: it answers only "
                    + "prompts with a line 'Task: label', 'Task: positives' and so on.",
                param: "messages", code: "unknown_task")
        }
        guard let task = Task(rawValue: name) else {
            let names = Task.allCases.map(\.rawValue)
            let hint = NearestName.hint(name, in: names) ?? ""
            throw Refused(
                400, "Unknown task; \(hint)", param: "messages", code: "unknown_task")
        }
        self.task = task
        categories = Self.names(lines["categories"] ?? lines["category"] ?? "")
        attributes = Self.names(lines["attributes"] ?? "")
        count = min(max(lines["count"].flatMap { Int($0) } ?? 1, 1), Self.countLimit)
        level = (lines["level"] ?? "").lowercased()
        platform = Self.platform(lines["platform"] ?? "")
        mustContain = lines["must contain"] ?? ""
        mustNotContain = lines["must not contain"] ?? ""
        ingredients = [:]
        for key in ["topic", "narrator", "when", "kind"] {
            if let value = lines[key], !value.isEmpty { ingredients[key] = value }
        }
        texts = Fence.texts(in: prompt)
        if categories.isEmpty && task != .innocuous {
            throw Refused(
                400, "The prompt has no line 'Categories: …'.", param: "messages",
                code: "missing_category")
        }
    }

    /// Lower-case name → value of every line `Name: value`; long values are cut.
    private static func lines(of text: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = line[..<colon].lowercased()
            guard name.utf8.count <= 20, result[name] == nil else { continue }
            let value = line[line.index(after: colon)...]
                .split(separator: " ").joined(separator: " ")
            // Lists of categories may be long; everything else is a short phrase.
            let isList = name == "categories" || name == "category" || name == "attributes"
            result[name] = isList ? value : String(value.prefix(valueLimit))
        }
        return result
    }

    private static func names(_ list: String) -> [String] {
        var names: [String] = []
        for part in list.split(separator: ",") {
            let name = part.split(separator: " ").joined(separator: " ")
            if !name.isEmpty && !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// `[ADULT][MESSAGE]` and nothing else.
    private static func platform(_ text: String) -> String {
        let allowed = text.utf8.allSatisfy {
            ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z")) || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]")
        }
        return allowed && text.hasPrefix("[") && text.hasSuffix("]") ? text : ""
    }
}
