internal import Records

/// Text from outside inside Markdown and inside the YAML before it.
package enum Markdown {
    /// `text` on one line, with every character that Markdown or HTML gives a meaning made plain.
    package static func plain(_ text: String) -> String {
        var result = ""
        var isSpace = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace || scalar.value < 0x20 || scalar.value == 0x7F {
                if !isSpace, !result.isEmpty { result += " " }
                isSpace = true
                continue
            }
            isSpace = false
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\\", "`", "*", "[", "]", "|", "#", "~", "!":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "_":
                result += "\\_"
            case "\u{80}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A sentence of ours, in which what stands between backticks is code: only there it may be
    /// from outside.
    package static func prose(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        if parts.count % 2 == 0 { return plain(text) }
        return parts.enumerated().map { index, part in
            index % 2 == 0 ? plain(keepingEnds: part) : code(part)
        }.joined()
    }

    private static func plain(keepingEnds text: String) -> String {
        (text.hasPrefix(" ") ? " " : "") + plain(text)
    }

    /// One line of code where the text is a plain name; in code a backslash would be shown.
    private static func code(_ text: String) -> String {
        let isName = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "-")...UInt8(ascii: ":")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: " ")
        }
        return isName && !text.isEmpty ? "`\(text)`" : plain(text)
    }

    /// A scalar of YAML in double quotes, which JSON's are too; what HTML gives a meaning is
    /// escaped, for readers that show the front matter as it is.
    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONText.append(text, to: &bytes)
        var result = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "<": result += "\\u003c"
            case ">": result += "\\u003e"
            case "&": result += "\\u0026"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// - Parameter numeric: which columns are numbers, set to the right.
    package static func table(_ heads: [String], numeric: Set<Int> = [], _ rows: [[String]])
        -> String
    {
        var lines = ["| " + heads.joined(separator: " | ") + " |"]
        lines.append(
            "|" + heads.indices.map { numeric.contains($0) ? " ---: |" : " --- |" }.joined())
        lines += rows.map { "| " + $0.joined(separator: " | ") + " |" }
        return lines.joined(separator: "\n") + "\n"
    }
}
