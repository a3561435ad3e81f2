internal import Records

/// Finds the JSON documents in what a model wrote: alone, in a fence, after reasoning, or between
/// sentences.
///
/// Models without a constrained decoder write a preamble, a code fence or their reasoning around
/// the object that was asked for. Which of the documents is the answer is for the caller to say.
enum EmbeddedJSON {
    /// More documents than this are no answer with words around it.
    static let mostDocuments = 32
    /// Opening brackets from which a document is looked for.
    private static let mostStarts = 256

    /// The documents in their order as canonical JSON texts.
    ///
    /// The whole content alone where it is JSON; empty when there are none, or too many.
    static func documents(in content: String) -> [String] {
        if let whole = JSONRepair.read(content) { return [whole] }
        let answer = withoutReasoning(content)
        if answer.utf8.count < content.utf8.count, let whole = JSONRepair.read(answer) {
            return [whole]
        }
        return scan(Array(answer.utf8))
    }

    /// What a document may stand for, when it does not fit itself: the one value of an object, the
    /// items of an array, the JSON that a string holds.
    static func inner(of json: String) -> [String] {
        guard let value = try? JSONReader.read(Array(json.utf8)) else { return [] }
        switch value {
        case .object(let members):
            guard members.count == 1 else { return [] }
            return nested(members[0].value)
        case .array(let items):
            return items.count > mostDocuments ? [] : items.flatMap(nested)
        case .string(let text): return JSONRepair.read(text).map { [$0] } ?? []
        default: return []
        }
    }

    private static func nested(_ value: JSONValue) -> [String] {
        switch value {
        case .object, .array: [String(decoding: JSONWriter.write(value), as: UTF8.self)]
        case .string(let text): JSONRepair.read(text).map { [$0] } ?? []
        default: []
        }
    }

    // MARK: - Reasoning

    private static let tags = ["think", "thinking", "reasoning", "reflection"]

    /// The content without its reasoning: blocks in tags, and everything before a closing tag that
    /// the chat template opened.
    private static func withoutReasoning(_ content: String) -> String {
        var text = Substring(content)
        for tag in tags {
            let (open, close) = ("<\(tag)>", "</\(tag)>")
            if let end = text.range(of: close, isLast: true) { text = text[end.upperBound...] }
            if let start = text.range(of: open, isLast: false) { text = text[..<start.lowerBound] }
        }
        return String(text)
    }

    // MARK: - Scanning

    /// Outermost documents, each from its opening bracket to the one that closes it.
    private static func scan(_ bytes: [UInt8]) -> [String] {
        var documents: [String] = []
        var (at, starts) = (0, 0)
        // Brackets that nothing closes must not make the search quadratic.
        var steps = 4 * bytes.count + (1 << 16)
        while at < bytes.count {
            guard isOpening(bytes[at]) else {
                at += 1
                continue
            }
            starts += 1
            guard starts <= mostStarts, steps > 0 else { return [] }
            if let close = end(of: at, bytes, &steps),
                let json = JSONRepair.read(String(decoding: bytes[at..<close], as: UTF8.self))
            {
                documents.append(json)
                if documents.count > mostDocuments { return [] }
                at = close
            } else {
                at += 1
            }
        }
        return documents
    }

    private static func isOpening(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }

    /// Behind the bracket that closes the one at `start`; brackets in strings do not count.
    private static func end(of start: Int, _ bytes: [UInt8], _ steps: inout Int) -> Int? {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for at in start..<bytes.count {
            steps -= 1
            let byte = bytes[at]
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if isOpening(byte) {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
                if depth == 0 { return at + 1 }
            }
        }
        return nil
    }
}

extension Substring {
    /// The first or last place of an ASCII word, in any case.
    fileprivate func range(of word: String, isLast: Bool) -> Range<Index>? {
        let text = utf8
        let wanted = Array(word.utf8)
        func matches(_ start: Index) -> Index? {
            var at = start
            for byte in wanted {
                guard at < text.endIndex else { return nil }
                let found = text[at]
                let lower = (65...90).contains(found) ? found | 32 : found
                guard lower == byte else { return nil }
                at = text.index(after: at)
            }
            return at
        }
        var found: Range<Index>?
        var at = text.startIndex
        while at < text.endIndex {
            if text[at] == UInt8(ascii: "<"), let end = matches(at) {
                found = at..<end
                if !isLast { return found }
            }
            at = text.index(after: at)
        }
        return found
    }
}
