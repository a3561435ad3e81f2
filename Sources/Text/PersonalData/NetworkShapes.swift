/// E-mail addresses, handles and web addresses.
extension PersonalDataScan {
    /// The longest local part (RFC 5321 section 4.5.3.1.1).
    private static let longestLocalPart = 64

    /// `local@domain.tld` around its `@`.
    ///
    /// Dotted ASCII names only, the top-level one of two letters or more. Quoted local parts and
    /// bare hosts are not taken.
    func email(around at: Int) -> Found? {
        var start = start(before: at, limit: Self.longestLocalPart) {
            Ascii.isAlphanumeric($0) || Ascii.isOne(of: "._%+-'", $0)
        }
        while start < at, !Ascii.isWord(bytes[start]) { start += 1 }
        guard start < at, bytes[at - 1] != UInt8(ascii: "."), let end = domain(at + 1) else {
            return nil
        }
        return Found(kind: .email, range: start..<end)
    }

    /// The address whose local part holds the digit (or `+`) at `at`, so that
    /// `5551234567@example.org` is an address and not a phone number.
    func email(startingAt at: Int) -> Found? {
        let end = end(of: at, limit: Self.longestLocalPart + 1) {
            Ascii.isAlphanumeric($0) || Ascii.isOne(of: "._%+-'", $0)
        }
        return byte(end) == UInt8(ascii: "@") ? email(around: end) : nil
    }

    /// The end of a domain name at `start` that has two labels or more, the last of letters.
    private func domain(_ start: Int) -> Int? {
        var at = start
        var labels = 0
        var good: Int?
        while at - start < 254 {
            let last = end(of: at, limit: 64) { Ascii.isAlphanumeric($0) || $0 == 0x2D }
            if last == at || bytes[at] == 0x2D { break }
            labels += 1
            var trimmed = last
            while trimmed > at, bytes[trimmed - 1] == 0x2D { trimmed -= 1 }
            let isName = (at..<trimmed).allSatisfy { Ascii.isLetter(bytes[$0]) }
            let isPunycode = trimmed - at > 4 && bytes[at] | 0x20 == 0x78 && bytes[at + 2] == 0x2D
            if labels > 1, trimmed - at >= 2, isName || isPunycode { good = trimmed }
            guard trimmed == last, byte(last) == UInt8(ascii: ".") else { break }
            at = last + 1
        }
        return good
    }

    /// `@name` after a space or a bracket: 2 to 30 of letters, digits and `_` with one letter, dots
    /// inside only before a small letter or a digit; `@name@host.tld` whole.
    func handle(_ at: Int) -> Found? {
        let before = before(at)
        if Ascii.isWord(before) || before >= 0x80 || Ascii.isOne(of: "@./", before) { return nil }
        var end = at + 1
        var hasLetter = false
        while end - at <= 30 {
            let byte = byte(end)
            let next = self.byte(end + 1)
            let isDot = byte == UInt8(ascii: ".") && end > at + 1
            guard
                Ascii.isWord(byte)
                    || isDot && Ascii.isWord(next) && !(0x41...0x5A).contains(next)
            else { break }
            hasLetter = hasLetter || Ascii.isLetter(byte)
            end += 1
        }
        guard end - at > 2, hasLetter, !Ascii.isWord(byte(end)) else { return nil }
        if byte(end) == UInt8(ascii: "@"), let host = domain(end + 1) { end = host }
        return Found(kind: .handle, range: at..<end)
    }

    /// `scheme://host…` around its colon: any scheme of 2 to 10 letters.
    func url(around at: Int) -> Found? {
        guard byte(at + 1) == 0x2F, byte(at + 2) == 0x2F else { return nil }
        let start = start(before: at, limit: 10) { Ascii.isLetter($0) }
        guard at - start >= 2, !Ascii.isLetter(before(start)) else { return nil }
        var host = at + 3
        if byte(host) == UInt8(ascii: "[") {
            let inside = end(of: host + 1, limit: 46) {
                Ascii.isHex($0) || $0 == 0x3A || $0 == 0x2E
            }
            guard inside > host + 2, byte(inside) == UInt8(ascii: "]") else { return nil }
            host = inside + 1
        } else if !isHostStart(host) {
            return nil
        }
        return Found(kind: .url, range: start..<addressEnd(from: at + 3, host))
    }

    /// `www.name.tld…` without a scheme.
    func bareURL(_ at: Int) -> Found? {
        guard byte(at + 1) | 0x20 == 0x77, byte(at + 2) | 0x20 == 0x77, byte(at + 3) == 0x2E,
            !Ascii.isWord(before(at)), before(at) < 0x80, let name = domain(at)
        else { return nil }
        return Found(kind: .url, range: at..<max(name, addressEnd(from: at, name)))
    }

    private func isHostStart(_ at: Int) -> Bool {
        let byte = byte(at)
        return Ascii.isWord(byte) || (0xC3...0xD4).contains(byte) && self.byte(at + 1) >= 0x80
    }

    /// The end of a web address: what RFC 3986 allows, and two-byte letters (Latin, Greek,
    /// Cyrillic), without the punctuation of the sentence round it.
    private func addressEnd(from start: Int, _ host: Int) -> Int {
        var end = host
        while end < bytes.count {
            let byte = bytes[end]
            if (0xC3...0xD4).contains(byte), self.byte(end + 1) & 0xC0 == 0x80 {
                end += 2
            } else if byte > 0x20, byte < 0x7F, !Ascii.isOne(of: "<>\"`{}|\\^[]", byte) {
                end += 1
            } else {
                break
            }
        }
        // The brackets are counted once, so that a tail of a million of them costs one pass.
        var opened = 0
        var closed = 0
        for at in start..<end {
            if bytes[at] == UInt8(ascii: "(") { opened += 1 }
            if bytes[at] == UInt8(ascii: ")") { closed += 1 }
        }
        while end > host {
            let last = bytes[end - 1]
            if last == UInt8(ascii: ")") {
                if closed <= opened { break }
                closed -= 1
            } else if !Ascii.isOne(of: ".,;:!?'*", last) {
                break
            }
            end -= 1
        }
        return end
    }
}
