/// IP addresses.
extension PersonalDataScan {
    /// Four numbers of 0…255 without leading zeros, between dots; not a part of a longer number,
    /// and not a version or the number of a section by the words round it.
    func ip4(_ start: Int) -> Found? {
        let before = before(start)
        guard !Ascii.isWord(before), before != 0x2E, let end = ip4End(start) else { return nil }
        let next = byte(end)
        if Ascii.isWord(next) || next == UInt8(ascii: "@") { return nil }
        if next == 0x2E, Ascii.isDigit(byte(end + 1)) { return nil }
        guard isAddress(start..<end) else { return nil }
        return Found(kind: .ip, range: start..<end)
    }

    private func ip4End(_ start: Int) -> Int? {
        var at = start
        for part in 0..<4 {
            let last = end(of: at, limit: 4) { Ascii.isDigit($0) }
            guard (1...3).contains(last - at) else { return nil }
            if last - at > 1, bytes[at] == 0x30 { return nil }
            let value = bytes[at..<last].reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard value < 256 else { return nil }
            if part == 3 { return last }
            guard byte(last) == 0x2E else { return nil }
            at = last + 1
        }
        return nil
    }

    /// The address (RFC 4291 section 2.2) that holds the digit or colon at `at`.
    ///
    /// Eight groups, or fewer with one `::`; an IPv4 tail counts as two. Clock times, `a::b` and
    /// other short forms stay: a digit is needed, and three groups or one of three digits.
    func ip6(around at: Int) -> Found? {
        let isPart: (UInt8) -> Bool = { Ascii.isHex($0) || $0 == 0x3A || $0 == 0x2E }
        let start = start(before: at, limit: 46, isPart)
        var end = end(of: at, limit: 47, isPart)
        guard end - start <= 46 else { return nil }
        let before = before(start)
        if Ascii.isWord(before) || before >= 0x80 || Ascii.isWord(byte(end)) { return nil }
        while end > start, bytes[end - 1] == 0x2E { end -= 1 }
        if end - start > 2, bytes[end - 1] == 0x3A, bytes[end - 2] != 0x3A { end -= 1 }
        return at < end && isIP6(start, end) ? Found(kind: .ip, range: start..<end) : nil
    }

    private func isIP6(_ start: Int, _ end: Int) -> Bool {
        var groups = 0
        var widest = 0
        var hasGap = false
        var hasDigit = false
        var at = start
        while at < end {
            let last = self.end(of: at, limit: min(5, end - at)) { Ascii.isHex($0) }
            if last > at {
                if last < end, bytes[last] == 0x2E {
                    guard ip4End(at) == end else { return false }
                    groups += 2
                    hasDigit = true
                    at = end
                    break
                }
                guard last - at <= 4 else { return false }
                hasDigit = hasDigit || (at..<last).contains { Ascii.isDigit(bytes[$0]) }
                widest = max(widest, last - at)
                groups += 1
                at = last
                if at == end { break }
            }
            guard bytes[at] == 0x3A else { return false }
            if at + 1 < end, bytes[at + 1] == 0x3A {
                if hasGap { return false }
                hasGap = true
                at += 2
            } else {
                if last == start || at + 1 == end { return false }
                at += 1
                if bytes[at] == 0x3A { return false }
            }
        }
        guard hasDigit, hasGap ? groups <= 7 : groups == 8 else { return false }
        return groups >= 3 || widest >= 3
    }
}
