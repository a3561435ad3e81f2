internal import Records

/// The fence round text that anybody may have written: it says where data begins and ends, and the
/// text inside cannot close it.
///
/// ```
/// <<<TEXT 5b1f09c2>>>
/// the text, control tokens split
/// <<<END 5b1f09c2>>>
/// ```
///
/// The tag is a hash of the text, and another one is taken while the text contains it: whoever
/// wrote the text would have to know the tag before the text exists. Equal texts get equal fences,
/// so that a prompt is the same on every run.
/// Source: delimiters as in Hines et al. 2024, "Spotlighting" (arXiv 2403.14720, section 3.1).
public enum Fence {
    private static let open = Array("<<<TEXT ".utf8)
    private static let end = Array("<<<END ".utf8)
    private static let close = Array(">>>".utf8)
    private static let tagLength = 8

    /// `text` with control tokens split, between the two marks.
    public static func around(_ text: String) -> String {
        let text = ControlTokens.split(text)
        let tag = tag(for: text)
        return "<<<TEXT \(tag)>>>\n\(text)\n<<<END \(tag)>>>"
    }

    /// The fenced texts of a prompt, in order, as they stand between the marks.
    public static func texts(in prompt: String) -> [String] {
        let bytes = Array(prompt.utf8)
        return spans(in: bytes).map { span in
            String(decoding: bytes[span.text], as: UTF8.self)
        }
    }

    /// The prompt without its fenced texts: what the prompt's author wrote, and nothing else.
    public static func outside(of prompt: String) -> String {
        let bytes = Array(prompt.utf8)
        var result: [UInt8] = []
        var at = 0
        for span in spans(in: bytes) {
            result += bytes[at..<span.whole.lowerBound]
            at = span.whole.upperBound
        }
        result += bytes[at...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func tag(for text: String) -> String {
        var attempt: UInt64 = 0
        while true {
            let hash = StableHash.hash(text, seed: attempt)
            let digits = String(hash >> 32, radix: 16)
            let tag = String(repeating: "0", count: tagLength - digits.count) + digits
            if firstIndex(of: Array(tag.utf8), in: Array(text.utf8)) == nil { return tag }
            attempt += 1
        }
    }

    private struct Mark {
        var isOpen: Bool
        var tag: [UInt8]
        var range: Range<Int>
    }

    /// Each fence whole, and the text inside.
    ///
    /// One pass collects the marks and one more pairs them,
    /// so that a prompt full of marks that are never closed costs no more than another.
    private static func spans(in bytes: [UInt8]) -> [(whole: Range<Int>, text: Range<Int>)] {
        let marks = marks(in: bytes)
        var ends: [[UInt8]: [Int]] = [:]
        for (index, mark) in marks.enumerated() where !mark.isOpen {
            ends[mark.tag, default: []].append(index)
        }
        var result: [(whole: Range<Int>, text: Range<Int>)] = []
        var next = 0
        while next < marks.count {
            let mark = marks[next]
            next += 1
            guard mark.isOpen, let candidates = ends[mark.tag] else { continue }
            guard let last = candidates.partitioningFirst(where: { $0 >= next }) else { continue }
            let closing = marks[last].range
            // The line ends beside the text belong to the fence.
            let start = mark.range.upperBound + 1
            let stop = closing.lowerBound - 1
            guard start <= stop, bytes[start - 1] == 10, bytes[stop] == 10 else { continue }
            result.append((mark.range.lowerBound..<closing.upperBound, start..<stop))
            next = last + 1
        }
        return result
    }

    private static func marks(in bytes: [UInt8]) -> [Mark] {
        var result: [Mark] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "<"), let mark = mark(in: bytes, at) {
                result.append(mark)
                at = mark.range.upperBound
            } else {
                at += 1
            }
        }
        return result
    }

    private static func mark(in bytes: [UInt8], _ at: Int) -> Mark? {
        let isOpen = bytes[at...].starts(with: open)
        guard isOpen || bytes[at...].starts(with: end) else { return nil }
        let start = at + (isOpen ? open.count : end.count)
        let stop = start + tagLength
        guard stop + close.count <= bytes.count, bytes[stop...].starts(with: close) else {
            return nil
        }
        let tag = Array(bytes[start..<stop])
        let isHex = tag.allSatisfy {
            ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
                || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f"))
        }
        return isHex ? Mark(isOpen: isOpen, tag: tag, range: at..<stop + close.count) : nil
    }

    private static func firstIndex(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...bytes.count - needle.count).first { bytes[$0...].starts(with: needle) }
    }
}

extension [Int] {
    /// The first element of an ascending array that passes, by bisection.
    fileprivate func partitioningFirst(where passes: (Int) -> Bool) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if passes(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low < count ? self[low] : nil
    }
}
