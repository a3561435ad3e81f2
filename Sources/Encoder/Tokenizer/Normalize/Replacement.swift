internal import Normalization

/// Replace: every occurrence of a pattern becomes a text.
struct Replacement: Sendable, Equatable {
    enum Pattern: Sendable, Equatable {
        /// These bytes.
        case text([UInt8])
        /// These bytes `minimum` times in a row or more, all of them at once.
        case repeated([UInt8], minimum: Int)
        /// White space, `minimum` scalars or more, all of it at once.
        case space(minimum: Int)
    }

    var pattern: Pattern
    var content: [UInt8]

    /// Bytes that one byte of a text may become, at most.
    var growth: Int {
        switch pattern {
        case .text(let bytes): (content.count + bytes.count - 1) / max(1, bytes.count)
        case .repeated, .space: content.count
        }
    }

    func append(_ text: Bytes, to output: inout [UInt8]) {
        var index = 0
        while index < text.count {
            let length = matched(text, at: index)
            if length > 0 {
                output += content
                index += length
            } else {
                let length = min(scalarLength(text[index]), text.count - index)
                output.append(contentsOf: text[index..<index + length])
                index += length
            }
        }
    }

    /// Bytes of the occurrence that begins here, 0 when none does.
    private func matched(_ text: Bytes, at index: Int) -> Int {
        switch pattern {
        case .text(let bytes): return text.hasPrefix(bytes, at: index) ? bytes.count : 0
        case .repeated(let bytes, let minimum):
            var times = 0
            while text.hasPrefix(bytes, at: index + times * bytes.count) { times += 1 }
            return times >= minimum ? times * bytes.count : 0
        case .space(let minimum):
            var (times, end) = (0, index)
            while end < text.count {
                let (scalar, length) = decodeScalar(text, at: end)
                if !ScalarClass.of(scalar).contains(.space) { break }
                times += 1
                end += length
            }
            return times >= minimum ? end - index : 0
        }
    }

    /// What of a regular expression is understood: plain text, one scalar or `\s`, and after
    /// one scalar or `\s` a `+` or `{n,}`; nil for anything else.
    static func pattern(expression: String) -> Pattern? {
        var rest = Substring(expression)
        let minimum: Int?
        if rest.hasSuffix("+") {
            rest.removeLast()
            minimum = 1
        } else if rest.hasSuffix(",}"), let open = rest.lastIndex(of: "{") {
            guard let number = Int(rest[rest.index(after: open)...].dropLast(2)), number > 0
            else { return nil }
            minimum = number
            rest = rest[..<open]
        } else {
            minimum = nil
        }
        if rest == "\\s" { return minimum.map { .space(minimum: $0) } }
        if rest.isEmpty || rest.contains(where: { "\\^$.|?*+()[]{}".contains($0) }) { return nil }
        let bytes = Array(rest.utf8)
        guard let minimum else { return .text(bytes) }
        return rest.unicodeScalars.count == 1 ? .repeated(bytes, minimum: minimum) : nil
    }
}
