/// Card and phone numbers.
extension PersonalDataScan {
    /// Groups of digits with one separator between two of them.
    private struct Groups {
        /// Where each group ends.
        var ends: [Int] = []
        var counts: [Int] = []
        /// The byte before each group: 0 for the first.
        var separators: [UInt8] = []
        var digits: [UInt8] = []
    }

    /// 13 to 19 digits that pass Luhn's check (ISO/IEC 7812-1 annex B), first digit 2…6, in one run
    /// or in the groups cards are printed in, between single spaces or hyphens.
    func card(_ start: Int) -> Found? {
        guard (0x32...0x36).contains(bytes[start]), isNumberStart(start) else { return nil }
        let groups = groups(start, separators: " -", limit: 19)
        for count in stride(from: groups.counts.count, through: 1, by: -1) {
            let printed = Array(groups.counts[..<count])
            let total = printed.reduce(0, +)
            let isPrinted =
                count == 1 && (13...19).contains(total)
                || [[4, 4, 4, 4], [4, 4, 4, 4, 3], [4, 6, 5], [4, 6, 4]].contains(printed)
            guard isPrinted, Set(groups.separators[1..<count]).count <= 1,
                isNumberEnd(groups.ends[count - 1]), Self.passesLuhn(groups.digits[..<total])
            else { continue }
            return Found(kind: .card, range: start..<groups.ends[count - 1])
        }
        return nil
    }

    static func passesLuhn(_ digits: ArraySlice<UInt8>) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit - 0x30) * (place % 2 == 1 ? 2 : 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    /// A phone number: `+` or `00` and 8 to 15 digits (ITU-T E.164); the North American shapes
    /// `(555) 234-5678`, `555-234-5678`, `1 555 234 5678`; national ones with a leading 0 in
    /// groups; and ten bare digits right after a word such as "call" or "text".
    func phone(_ start: Int) -> Found? {
        guard isNumberStart(start) else { return nil }
        let first = bytes[start]
        var at = start
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "(") { at += 1 }
        guard Ascii.isDigit(byte(at)) else { return nil }
        let groups = groups(at, separators: " -./()", limit: 15 + (byte(at) == 0x30 ? 2 : 0))
        let count: Int?
        if first == UInt8(ascii: "+") {
            count = bytes[at] == 0x30 ? nil : international(groups, skipping: 0)
        } else if first == UInt8(ascii: "(") {
            // The bracket must close right behind its group.
            guard groups.ends.first.map({ byte($0) == UInt8(ascii: ")") }) == true else {
                return nil
            }
            count = northAmerican(groups) ?? national(groups)
        } else if groups.digits.starts(with: [0x30, 0x30]) {
            count =
                groups.digits.dropFirst(2).first == 0x30 ? nil : international(groups, skipping: 2)
        } else {
            count = northAmerican(groups) ?? national(groups) ?? bare(groups, start)
        }
        guard let count, isNumberEnd(groups.ends[count - 1]) else { return nil }
        return Found(kind: .phone, range: start..<groups.ends[count - 1])
    }

    /// How many groups make 8 to 15 digits.
    private func international(_ groups: Groups, skipping: Int) -> Int? {
        var total = -skipping
        var best: Int?
        for (index, count) in groups.counts.enumerated() {
            // Behind a whole number, a lone digit after a space is the next word.
            if total >= 10, count < 2, groups.separators[index] == 0x20 { break }
            total += count
            if total > 15 { break }
            if total >= 8, isNumberEnd(groups.ends[index]) { best = index + 1 }
        }
        return best
    }

    /// 3-3-4, a 1 before it or not, area and exchange from 2 (the North American Numbering Plan).
    private func northAmerican(_ groups: Groups) -> Int? {
        let lead = groups.counts.first == 1 && groups.digits.first == 0x31 ? 1 : 0
        guard groups.counts.count >= lead + 3,
            Array(groups.counts[lead..<lead + 3]) == [3, 3, 4],
            groups.digits[lead] >= 0x32, groups.digits[lead + 3] >= 0x32
        else { return nil }
        return lead + 3
    }

    /// 0, then 8 to 11 more digits in groups of two or more; not a date.
    private func national(_ groups: Groups) -> Int? {
        guard groups.digits.first == 0x30, groups.counts.count >= 2,
            !groups.counts.starts(with: [2, 2, 4]), groups.counts[0] >= 2
        else { return nil }
        var total = 0
        var best: Int?
        for (index, count) in groups.counts.enumerated() where best == nil || total < 12 {
            if count < 2 { break }
            total += count
            if index > 0, (9...12).contains(total), isNumberEnd(groups.ends[index]) {
                best = index + 1
            }
        }
        return best
    }

    /// Ten or eleven digits in one run, after a word that announces a phone number.
    private func bare(_ groups: Groups, _ start: Int) -> Int? {
        guard groups.counts.first.map({ (10...11).contains($0) }) == true else { return nil }
        // Not across another number, nor a placeholder, whose `[PHONE]` would announce the next.
        let from = self.start(before: start, limit: 24) { !Ascii.isDigit($0) && $0 != 0x5D }
        let words = bytes[from..<start].map { $0 | 0x20 }
        let isAnnounced = Self.cues.contains { cue in
            words.indices.contains { at in
                (at == 0 || !Ascii.isLetter(words[at - 1])) && words[at...].starts(with: cue)
            }
        }
        return isAnnounced ? 1 : nil
    }

    private static let cues: [[UInt8]] = [
        "call", "text", "phone", "tel", "whatsapp", "sms", "mobile", "cell", "dial", "number",
    ].map { Array($0.utf8) }

    /// Digits at `start` in groups, until something else stands there or `limit` digits are passed.
    private func groups(_ start: Int, separators: StaticString, limit: Int) -> Groups {
        var result = Groups()
        var at = start
        var separator: UInt8 = 0
        while result.digits.count < limit {
            let last = end(of: at, limit: 20) { Ascii.isDigit($0) }
            if last == at { break }
            result.digits.append(contentsOf: bytes[at..<last])
            result.counts.append(last - at)
            result.ends.append(last)
            result.separators.append(separator)
            guard Ascii.isOne(of: separators, byte(last)) else { break }
            separator = bytes[last]
            at = last + 1
            // `) ` and ` (` count as one separator.
            let isBracket = separator == UInt8(ascii: ")") || byte(at) == UInt8(ascii: "(")
            if isBracket, Ascii.isOne(of: separators, byte(at)) { at += 1 }
        }
        return result
    }

    /// False inside a word, a longer number, a price or a path.
    private func isNumberStart(_ at: Int) -> Bool {
        let before = before(at)
        return !Ascii.isWord(before) && !Ascii.isOne(of: "@.,-/#$+=", before)
    }

    /// False where a word or a longer number goes on.
    private func isNumberEnd(_ at: Int) -> Bool {
        let next = byte(at)
        if Ascii.isWord(next) || Ascii.isOne(of: "@%", next) { return false }
        let goesOn = Ascii.isOne(of: ".,-/:", next)
        return !(goesOn && Ascii.isDigit(byte(at + 1)))
    }
}
