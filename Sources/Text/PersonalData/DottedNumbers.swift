/// Whether four numbers between dots are an address, or a version or a section's number.
///
/// `1.2.3.4` can be either, so the words round it decide; what is still open is an address when its
/// numbers look like one, such as one of 100 or more, which versions seldom have.
extension PersonalDataScan {
    /// How many bytes before and after the numbers are looked at.
    private static let reach = 64
    /// How many words of these, on either side.
    private static let words = 8

    func isAddress(_ range: Range<Int>) -> Bool {
        let before = wordsBefore(range.lowerBound)
        let after = wordsAfter(range.upperBound)
        if isIntroduced(range.lowerBound, before) { return false }
        // A port or a prefix length.
        if Ascii.isOne(of: ":/", byte(range.upperBound)),
            Ascii.isDigit(byte(range.upperBound + 1))
        {
            return true
        }
        if (before + after).contains(where: Self.networkWords.contains) { return true }
        let numbers = bytes[range].split(separator: 0x2E).map { digits in
            digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        if Self.isPlainAddress(numbers) { return true }
        if (before + after.prefix(4)).contains(where: Self.versionWords.contains) { return false }
        return numbers.contains { $0 >= 100 }
            || before.first.map(Self.originWords.contains) ?? false
    }

    /// Whether a word such as `version` or `chapter`, or a section sign, leads to the numbers.
    private func isIntroduced(_ start: Int, _ before: [String]) -> Bool {
        var at = start
        while at > floor, start - at < 4, Ascii.isOne(of: " #(:=", bytes[at - 1]) { at -= 1 }
        if at > floor + 1, bytes[at - 1] == 0xA7, bytes[at - 2] == 0xC2 { return true }
        let leading = before.first { !Self.linkingWords.contains($0) }
        return leading.map(Self.versionWords.contains) ?? false
    }

    /// A first number that versions do not have, that of a private network, or a public resolver.
    private static func isPlainAddress(_ numbers: [Int]) -> Bool {
        numbers[0] >= 100 || numbers[0] == 10
            || [[8, 8, 8, 8], [8, 8, 4, 4], [9, 9, 9, 9]].contains(numbers)
    }

    /// The words of the sentence before a place, the nearest first, in lower case.
    private func wordsBefore(_ start: Int) -> [String] {
        var found: [String] = []
        var at = start
        while at > 0, start - at < Self.reach, found.count < Self.words {
            let byte = bytes[at - 1]
            if Self.isLetter(byte) {
                let end = at
                while at > 0, end - at < 32, Self.isLetter(bytes[at - 1]) { at -= 1 }
                found.append(lowercase(at..<end))
            } else if Self.endsSentence(byte), !Ascii.isAlphanumeric(self.byte(at)),
                !endsAbbreviation(at - 1)
            {
                break
            } else {
                at -= 1
            }
        }
        return found
    }

    /// The words of the sentence behind a place, in order, in lower case.
    private func wordsAfter(_ end: Int) -> [String] {
        var found: [String] = []
        var at = end
        while at < bytes.count, at - end < Self.reach, found.count < Self.words {
            let byte = bytes[at]
            if Self.isLetter(byte) {
                let start = at
                while at < bytes.count, at - start < 32, Self.isLetter(bytes[at]) { at += 1 }
                found.append(lowercase(start..<at))
            } else if Self.endsSentence(byte), !Ascii.isAlphanumeric(self.byte(at + 1)) {
                break
            } else {
                at += 1
            }
        }
        return found
    }

    /// `v.`, `no.`, `chap.`: a full stop behind one to four letters.
    private func endsAbbreviation(_ at: Int) -> Bool {
        var letters = 0
        while letters < 5, letters < at, Self.isLetter(bytes[at - 1 - letters]) { letters += 1 }
        return bytes[at] == 0x2E && (1...4).contains(letters)
    }

    private func lowercase(_ range: Range<Int>) -> String {
        String(decoding: bytes[range].map { Ascii.isLetter($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// An ASCII letter or any byte of a character beyond ASCII.
    private static func isLetter(_ byte: UInt8) -> Bool { Ascii.isLetter(byte) || byte >= 0x80 }

    private static func endsSentence(_ byte: UInt8) -> Bool { Ascii.isOne(of: ".!?;\n", byte) }

    /// Stand between a leading word and its number.
    private static let linkingWords = words(
        """
        is was are now no nr num number numbers the a an of to and or both either through until
        latest new old current stable beta alpha
        """)

    /// Come right before an address when nothing speaks of a version.
    private static let originWords = words("from at via behind against")

    private static let versionWords = words(
        """
        version versions ver vers v versione versao versión versão versie wersja release releases
        released rev revision build builds patch patched hotfix update updated updates upgrade
        upgraded upgrading downgrade changelog firmware bios driver drivers kernel package library
        module sdk plugin addon mod tag snapshot edition
        chapter chapters chap ch section sections sec sect subsection paragraph paragraphs para
        clause clauses article articles art appendix annex figure fig table step steps exercise
        theorem lemma equation eq requirement req heading kapitel abschnitt absatz ziffer chapitre
        article capitulo capítulo capitolo sección seccion sezione hoofdstuk rozdział глава раздел
        версия версии
        python java jdk jre node nodejs npm php ruby perl golang rust swift kotlin gcc clang cmake
        windows macos osx ios ipados android ubuntu debian fedora chrome chromium firefox safari
        photoshop unity minecraft docker kubernetes postgres postgresql mysql mariadb sqlite mongodb
        redis nginx tomcat django flask rails numpy pandas pytorch tensorflow cuda openssl
        """)

    private static let networkWords = words(
        """
        ip ips ipv address addresses addr adresse direccion dirección indirizzo адрес host hosts
        hosted hostname server servers ping pings pinged pinging port ports dns nameserver resolver
        gateway subnet netmask router modem wifi lan wan vpn proxy firewall ssh ftp sftp http https
        telnet rdp login logins logged connect connects connected connecting connection connections
        traffic packet packets network localhost machine machines attacker ddos scan scanned nmap
        traceroute curl wget whois banned blocked blacklisted blocklist whitelisted spoofed
        listening endpoint requests visitor visitors
        """)

    private static func words(_ list: String) -> Set<String> {
        Set(list.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
