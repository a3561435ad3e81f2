/// How deep a JSON document is nested, for readers that go into themselves for each level.
public enum JSONDepth {
    /// Whether no value lies deeper than `limit` arrays and objects; in constant stack, and without
    /// a look at whether the document is valid.
    public static func isAtMost(_ limit: Int, _ document: [UInt8]) -> Bool {
        var depth = 0
        var isString = false
        var isEscaped = false
        for byte in document {
            if isString {
                if !isEscaped, byte == UInt8(ascii: "\"") { isString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > limit { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return true
    }
}
