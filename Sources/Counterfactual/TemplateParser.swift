internal import Records

/// Reads the slots of one template and says where one is wrong.
struct TemplateParser {
    private let characters: [Character]
    private let file: String
    private let line: Int
    private let column: Int
    private(set) var pieces: [Template.Piece] = []
    private(set) var number: Template.Number?
    private(set) var pos: String?
    private var literal = ""
    private var followsPronoun = false

    init(_ text: String, file: String, line: Int, column: Int) {
        characters = Array(text)
        self.file = file
        self.line = line
        self.column = column
    }

    mutating func parse() throws(Fault) {
        var at = 0
        while at < characters.count {
            switch characters[at] {
            case "{":
                guard let end = characters[at...].firstIndex(of: "}") else {
                    throw fault(at, "a slot has no closing brace")
                }
                flush()
                try slot(String(characters[(at + 1)..<end]), at + 1)
                at = end
            case "}":
                throw fault(at, "a closing brace has no slot")
            default:
                literal.append(characters[at])
            }
            at += 1
        }
        flush()
        let hasSubject = pieces.contains { if case .subject = $0 { true } else { false } }
        let hasPredicate = pieces.contains { if case .predicate = $0 { true } else { false } }
        if !hasSubject { throw fault(0, "the template has no subject", hint: "add a slot `{S}`") }
        if !hasPredicate {
            throw fault(0, "the template has no predicate", hint: "add a slot `{P}`")
        }
    }

    private mutating func flush() {
        if !literal.isEmpty { pieces.append(.literal(Array(literal.utf8))) }
        literal = ""
    }

    private mutating func slot(_ body: String, _ at: Int) throws(Fault) {
        let features = body.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        let head = features[0].split(separator: ":", omittingEmptySubsequences: false)
            .map(String.init)
        let role = head[0]
        if let agreement = Template.Agreement(rawValue: role) {
            if body != role { throw fault(at, "`{\(role)}` takes no form or feature") }
            pieces.append(.agreement(agreement, afterPronoun: followsPronoun))
            followsPronoun = agreement == .they
            return
        }
        guard role == "S" || role == "P" else {
            throw fault(
                at, "unknown slot `\(role)`",
                hint: nearest(role, ["S", "P"] + Template.Agreement.allCases.map(\.rawValue)))
        }
        var forms: Set<Template.Form> = []
        for name in head.dropFirst() {
            let known = role == "S" ? Template.Form.allCases : [.cap]
            guard let form = known.first(where: { $0.rawValue == name }) else {
                throw fault(
                    at, "unknown form `\(name)` of slot `\(role)`",
                    hint: nearest(name, known.map(\.rawValue)))
            }
            forms.insert(form)
        }
        if forms.intersection([.a, .the]).count > 1 {
            throw fault(at, "forms `a` and `the` exclude each other")
        }
        for feature in features.dropFirst() { try read(feature, of: role, at) }
        if role == "S" {
            followsPronoun = false
            pieces.append(.subject(forms))
            if forms.contains(.a), number != .sg {
                throw fault(at, "form `a` needs the feature `num=sg`")
            }
        } else {
            pieces.append(.predicate(capitalised: !forms.isEmpty))
        }
    }

    private mutating func read(_ feature: String, of role: String, _ at: Int) throws(Fault) {
        let parts = feature.split(separator: "=", omittingEmptySubsequences: false)
            .map(String.init)
        let name = role == "S" ? "num" : "pos"
        guard parts.count == 2, parts[0] == name else {
            throw fault(
                at, "unknown feature `\(feature)` of slot `\(role)`", hint: "it is `\(name)=…`")
        }
        if role == "P" {
            if parts[1].isEmpty { throw fault(at, "the feature `pos` has no value") }
            if let pos, pos != parts[1] { throw fault(at, "two predicates differ in `pos`") }
            pos = parts[1]
            return
        }
        guard let value = Template.Number(rawValue: parts[1]) else {
            throw fault(
                at, "`num` cannot be `\(parts[1])`",
                hint: nearest(parts[1], Template.Number.allCases.map(\.rawValue)))
        }
        if let number, number != value { throw fault(at, "two subjects differ in `num`") }
        number = value
    }

    private func nearest(_ name: String, _ names: [String]) -> String? {
        NearestName.hint(name, in: names)
    }

    private func fault(_ at: Int, _ what: String, hint: String? = nil) -> Fault {
        let before = characters[..<at]
        let breaks = before.filter(\.isNewline).count
        let inLine = before.reversed().prefix { !$0.isNewline }.count
        return Fault(
            .configuration, what,
            at: .file(file, line: line + breaks, column: breaks == 0 ? column + at : inLine + 1),
            hint: hint)
    }
}
