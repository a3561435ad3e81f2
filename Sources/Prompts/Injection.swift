public import Records

/// Words round a text that try to have it answered otherwise than it deserves: one line of
/// `templates/canaries/injections.jsonl`.
///
/// The attempts are those that are told of labelling models: plain orders, closed fences, chat
/// tokens, ready answers, other languages, hidden characters (Hines et al. 2024, "Spotlighting",
/// arXiv 2403.14720, section 2). They are mild and say nothing about any category themselves.
public struct Injection: Sendable, Equatable {
    /// What it wants every category to be.
    public enum Aim: String, Sendable, CaseIterable {
        case none, all
    }

    public var id: String
    /// The family it belongs to: `instruction`, `fence`, `tokens`, …
    public var kind: String
    public var aim: Aim
    public var before: String
    public var after: String

    public init(id: String, kind: String, aim: Aim, before: String = "", after: String = "") {
        self.id = id
        self.kind = kind
        self.aim = aim
        self.before = before
        self.after = after
    }

    /// The text with the attempt round it.
    public func around(_ text: String) -> String { before + text + after }

    /// The injections of a file, in its order.
    ///
    /// - Throws: `.configuration` or `.badData` with the line: unreadable, a field that is missing
    ///   or unknown, an id twice.
    public static func read(_ path: String) throws(Fault) -> [Injection] {
        var parser = JSONParser()
        var result: [Injection] = []
        let lines = try TextFile.read(path).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            func fault(_ what: String, why: String? = nil) -> Fault {
                Fault(.badData, what, at: .file(path, line: index + 1), why: why)
            }
            let found: Injection?
            do throws(Fault) {
                found = try parser.children(of: Array(line.utf8)) { fields in
                    guard let id = fields["id"]?.string, let kind = fields["kind"]?.string,
                        let aim = fields["aim"]?.string.flatMap(Aim.init),
                        let before = fields["before"]?.string,
                        let after = fields["after"]?.string
                    else { return nil }
                    return Injection(id: id, kind: kind, aim: aim, before: before, after: after)
                }
            } catch {
                throw fault(error.what, why: error.why)
            }
            guard let found, !found.id.isEmpty, !found.before.isEmpty || !found.after.isEmpty else {
                throw fault("an injection needs id, kind, aim (none or all), before and after")
            }
            if result.contains(where: { $0.id == found.id }) {
                throw fault("the injection `\(found.id)` stands there twice")
            }
            result.append(found)
        }
        return result
    }
}
