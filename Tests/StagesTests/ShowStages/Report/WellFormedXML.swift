/// A small strict reader of XML: enough to prove that a page is well-formed.
enum WellFormedXML {
    struct Broken: Error, Equatable {
        let why: String
    }

    /// The text of all elements, entities resolved.
    @discardableResult
    static func check(_ page: String) throws -> String {
        var rest = Substring(page)
        var open: [String] = []
        var text = ""
        if rest.hasPrefix("<!doctype html>\n") { rest = rest.dropFirst(16) }
        while let mark = rest.firstIndex(of: "<") {
            text += try resolved(rest[..<mark])
            guard let end = rest[mark...].firstIndex(of: ">") else { throw Broken(why: "open tag") }
            let tag = rest[rest.index(after: mark)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard open.popLast() == String(tag.dropFirst()) else {
                    throw Broken(why: "</\(tag)> closes nothing")
                }
            } else {
                let isVoid = tag.hasSuffix("/")
                let name = try self.name(isVoid ? tag.dropLast() : tag)
                if !isVoid { open.append(name) }
                if name == "style" {
                    guard let close = rest.range(of: "</style>") else { throw Broken(why: "style") }
                    if rest[..<close.lowerBound].contains(where: { "<&".contains($0) }) {
                        throw Broken(why: "markup in a style sheet")
                    }
                    rest = rest[close.lowerBound...]
                }
            }
        }
        text += try resolved(rest)
        guard open.isEmpty else { throw Broken(why: "never closed: \(open)") }
        return text
    }

    /// The element's name; throws unless its attributes are `name="value"`, each once.
    private static func name(_ tag: Substring) throws -> String {
        let name = tag.prefix { $0.isLetter || $0.isNumber }
        var rest = tag.dropFirst(name.count)
        var seen: [String] = []
        while !rest.isEmpty {
            guard rest.first == " " else { throw Broken(why: "attribute in <\(tag)>") }
            rest = rest.dropFirst()
            let key = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(key.count)
            guard !key.isEmpty, rest.hasPrefix("=\""), !seen.contains(key),
                key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }),
                let end = rest.dropFirst(2).firstIndex(of: "\"")
            else { throw Broken(why: "attribute in <\(tag)>") }
            _ = try resolved(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
            seen.append(key)
            rest = rest[rest.index(after: end)...]
        }
        if name.isEmpty { throw Broken(why: "an element without a name") }
        return String(name)
    }

    private static func resolved(_ text: Substring) throws -> String {
        var result = ""
        var rest = text
        while let first = rest.first {
            if first == ">" || first == "<" { throw Broken(why: "a bare bracket") }
            guard first == "&" else {
                let scalars = first.unicodeScalars
                if scalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) {
                    throw Broken(why: "a control character")
                }
                result.append(first)
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: ";") else { throw Broken(why: "a bare &") }
            let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]
            let entity = String(rest[rest.index(after: rest.startIndex)..<end])
            guard let character = entities[entity] else { throw Broken(why: "&\(entity);") }
            result += character
            rest = rest[rest.index(after: end)...]
        }
        return result
    }
}

extension Substring {
    /// Where `text` stands first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) {
                return at..<index(at, offsetBy: text.count)
            }
            at = index(after: at)
        }
        return nil
    }
}
