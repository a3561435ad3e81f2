/// Spans whose bytes carry meaning of their own: addresses, numbers, code, tags, placeholders.
enum ProtectedSpans {
    /// Whether a run of non-space bytes is, or holds, an address, a mention, a path, a number, an
    /// identifier or an escape.
    ///
    /// Doubt protects.
    static func isProtected(_ bytes: [UInt8], _ chunk: Range<Int>) -> Bool {
        for at in chunk {
            let byte = bytes[at]
            let next = at + 1 < chunk.upperBound ? bytes[at + 1] : 0x20
            switch byte {
            case 0x30...0x39, 0x40, 0x5C, 0x5F: return true
            case 0x3A where next == 0x2F: return true
            case 0x2F where at == chunk.lowerBound || next == 0x2F: return true
            case 0x2E where at > chunk.lowerBound && isAlphanumeric(next):
                if isAlphanumeric(bytes[at - 1]) { return true }
            case 0x3A where isAlphanumeric(next): return true
            case 0x26 where next == 0x23 || Escapes.decode(bytes, at: at) != nil: return true
            case 0x25 where Escapes.decode(bytes, at: at) != nil: return true
            default: break
            }
        }
        return false
    }

    /// Code spans, HTML tags and comments, `[UPPER CASE]` placeholders and platform prefixes,
    /// `{template}` slots.
    ///
    /// An opener without its closer protects nothing.
    static func bracketed(_ bytes: [UInt8]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var at = 0
        /// What a failed search has shown to be missing from here to the end.
        var missing: Set<UInt8> = []
        func close(_ closer: UInt8, from start: Int) -> Int? {
            if missing.contains(closer) { return nil }
            let found = bytes[start...].firstIndex(of: closer)
            if found == nil { missing.insert(closer) }
            return found
        }
        while at < bytes.count {
            var end: Int?
            let next = at + 1 < bytes.count ? bytes[at + 1] : 0x20
            switch bytes[at] {
            case 0x60:
                if let closer = close(0x60, from: at + 1) { end = codeEnd(bytes, at, closer) }
            case 0x3C where next.isASCIILetter || next == 0x2F || next == 0x21:
                end = close(0x3E, from: at + 1)
            case 0x7B:
                end = close(0x7D, from: at + 1)
            case 0x5B:
                end = placeholderEnd(bytes, at)
            default: break
            }
            if let end {
                spans.append(at..<end + 1)
                at = end
            }
            at += 1
        }
        return spans
    }

    /// The last byte of a code span opened at `start`: the next run of as many backticks.
    private static func codeEnd(_ bytes: [UInt8], _ start: Int, _ closer: Int) -> Int {
        let run = bytes[start...].prefix { $0 == 0x60 }.count
        if run == 1 { return closer }
        var at = start + run
        while at < bytes.count {
            let here = bytes[at...].prefix { $0 == 0x60 }.count
            if here >= run { return at + here - 1 }
            at += max(here, 1)
        }
        return start + run - 1
    }

    private static func placeholderEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        var at = start + 1
        while at < bytes.count, at - start < 64 {
            let byte = bytes[at]
            if byte == 0x5D { return at > start + 1 ? at : nil }
            guard byte.isASCIIUpper || byte.isASCIIDigit || byte == 0x5F || byte == 0x20
            else { return nil }
            at += 1
        }
        return nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit
    }
}
