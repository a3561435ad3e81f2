internal import Records

/// Reads JSON that a model wrote, mending only what has one possible meaning.
///
/// A byte order mark, a code fence around the whole, commas before a closing bracket. Never more:
/// a repair that guesses turns a cut list into a short one (mastra issue 24442).
enum JSONRepair {
    /// The canonical JSON text, or nil when it is none even so.
    static func read(_ content: String) -> String? {
        let plain = Array(trimmed(content).utf8)
        if let value = try? JSONReader.read(plain) { return text(value) }
        let mended = withoutTrailingCommas(withoutFence(withoutMark(plain)))
        return (try? JSONReader.read(mended)).map(text)
    }

    private static func text(_ value: JSONValue) -> String {
        String(decoding: JSONWriter.write(value), as: UTF8.self)
    }

    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    }

    /// What lies between a first line of ``` (with or without a language) and a last one.
    private static func withoutFence(_ bytes: [UInt8]) -> [UInt8] {
        let fence = Array("```".utf8)
        guard bytes.starts(with: fence), bytes.count >= 7, bytes.suffix(3).elementsEqual(fence),
            let lineEnd = bytes.firstIndex(of: 10), lineEnd < bytes.count - 3
        else { return bytes }
        return Array(bytes[(lineEnd + 1)..<(bytes.count - 3)])
    }

    private static func withoutTrailingCommas(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isInString = false
        var isEscaped = false
        /// Where the last comma lies in `result`, if only blanks followed it.
        var comma: Int?
        for byte in bytes {
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: ",") {
                // Of two commas neither may go: something is missing between them.
                comma = comma == nil ? result.count : nil
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                if let comma { result.remove(at: comma) }
                comma = nil
            } else if byte > 32 {
                isInString = byte == UInt8(ascii: "\"")
                comma = nil
            }
            result.append(byte)
        }
        return result
    }
}
