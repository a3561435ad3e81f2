import Records
import Testing

@testable import Text

struct PersonalDataTests {
    @Test(arguments: [
        ("Write to Ann.Lee+x@mail.example.org.", "Write to [EMAIL]."),
        ("(a@b.de), <c@d.co.uk>", "([EMAIL]), <[EMAIL]>"),
        ("5551234567@example.org", "[EMAIL]"),
        ("a@b.cc@d.ee", "[EMAIL][HANDLE]"),
        ("see https://ex.org/a_(b)?q=1&r=a@b.de. ok", "see [URL]. ok"),
        ("(http://ex.org/x) HTTP://EX.ORG!", "([URL]) [URL]!"),
        ("http://[2001:db8::1]:80/x ftp://1.2.3.4/", "[URL] [URL]"),
        ("www.example.com/path, WWW.EX.ORG", "[URL], [URL]"),
        ("https://例え.jp and http:// x www. y", "https://例え.jp and http:// x www. y"),
        ("https://münchen.de/straße見る", "[URL]見る"),
        (
            "from 192.168.0.1, to 8.8.8.8:53 256.1.1.1 1.2.3 v1.2.3.4 1.2.3.4.5",
            "from [IP], to [IP]:53 256.1.1.1 1.2.3 v1.2.3.4 1.2.3.4.5"
        ),
        ("2001:db8::8a2e:370:7334 fe80::1 ::ffff:1.2.3.4.", "[IP] [IP] [IP]."),
        ("at 12:30:45 a::b std::map 1:2:3 ::", "at 12:30:45 a::b std::map 1:2:3 ::"),
        ("1:2:3:4:5:6:7:8 1:2:3:4:5:6:7:8:9", "[IP] 1:2:3:4:5:6:7:8:9"),
        (
            "card 4111 1111 1111 1111, 378282246310005; 4111-1111-1111-1112",
            "card [CARD], [CARD]; 4111-1111-1111-1112"
        ),
        (
            "(555) 234-5678 555-234-5678 +1 555 234 5678 1-555-234-5678",
            "[PHONE] [PHONE] [PHONE] [PHONE]"
        ),
        (
            "+44 20 7946 0958, 020 7946 0958, 06 12 34 56 78, 0049 30 123456",
            "[PHONE], [PHONE], [PHONE], [PHONE]"
        ),
        (
            "call 5552345678 now; id 5552345678, hotel 5552345678",
            "call [PHONE] now; id 5552345678, hotel 5552345678"
        ),
        (
            "01.02.2024 2024-01-02 10:30 $1,234,567 100 200 3000 12345678901234",
            "01.02.2024 2024-01-02 10:30 $1,234,567 100 200 3000 12345678901234"
        ),
        ("hi @some_one, @a.b@host.example! a@b @ @1 @@x", "hi [HANDLE], [HANDLE]! a@b @ @1 @@x"),
        (
            "[EMAIL] [PHONE] [CARD] [IP] [URL] [HANDLE]",
            "[EMAIL] [PHONE] [CARD] [IP] [URL] [HANDLE]"
        ),
        ("", ""),
    ])
    func `masks what is personal and nothing beside it`(_ text: String, _ want: String) {
        let (masked, counts) = PersonalData().mask(text)
        #expect(masked == want)
        #expect((counts.total == 0) == (masked == text))
    }

    @Test(arguments: [
        "version 1.2.3.4 released", "Version: 1.2.3.4", "ver. 1.2.3.4", "v. 10.0.0.1 fixes it",
        "v 2.4.16.108", "the version is now 3.2.1.0", "version number 10.2.3.4",
        "see chapter 4.3.2.1 of the book", "chapters 4.3.2.1 and 4.3.2.2",
        "Section 2.1.4.3, 2.1.4.4",
        "sec. 5.1.2.3 says so", "§ 12.3.4.5 applies", "§12.3.4.5", "as in Fig. 3.2.1.1",
        "clause 7.1.10.2 of the contract", "Kapitel 1.2.3.4", "la versión 4.5.6.7",
        "I use Python 3.11.0.1 at work", "Python (3.11.0.1)", "upgrade Python to 3.11.0.1 today",
        "updated from 1.2.3.4 to 1.2.3.5", "firmware 1.0.0.126 is out", "kernel 5.15.0.91",
        "Chrome 99.0.48.44 crashes", "the 1.2.3.4 release", "1.2.3.4 is the latest version",
        "Acme Notes 4.2.0.7 is out", "release notes for 2.0.1.3", "table 1.1.1.1 lists them",
        "step 3.1.2.4: turn it off", "build #7.0.1.200", "The server needs driver 31.0.15.194",
    ])
    func `a version or a section of four parts stays`(text: String) {
        #expect(PersonalData(kinds: [.ip]).mask(text).text == text)
    }

    @Test(arguments: [
        ("my ip is 1.2.3.4", "my ip is [IP]"),
        ("the server at 10.0.0.5 is down", "the server at [IP] is down"),
        ("connect to 1.2.3.4 now", "connect to [IP] now"),
        ("I live at 84.12.7.33 lol", "I live at [IP] lol"),
        ("he logged in from 5.6.7.8 again", "he logged in from [IP] again"),
        ("84.112.7.33 keeps writing to me", "[IP] keeps writing to me"),
        ("ping 8.8.8.8, then 1.1.1.1", "ping [IP], then [IP]"),
        ("1.2.3.4:8080 and 5.6.7.0/24", "[IP]:8080 and [IP]/24"),
        ("New version. Connect to 5.6.7.8", "New version. Connect to [IP]"),
        ("chapter 2 says 192.168.1.1", "chapter 2 says [IP]"),
        ("version 1.2.3.4 runs on 203.0.113.9", "version 1.2.3.4 runs on [IP]"),
        ("gateway: 1.2.3.4; subnet 5.6.7.0", "gateway: [IP]; subnet [IP]"),
        ("banned 5.9.8.7 for spam", "banned [IP] for spam"),
        ("203.0.113.7 5.6.7.8", "[IP] [IP]"),
    ])
    func `an address in a sentence is masked`(text: String, want: String) {
        let masked = PersonalData(kinds: [.ip]).mask(text).text
        #expect(masked == want)
    }

    @Test func `masks only what is asked for, and counts by kind`() {
        let text = "a@b.de 10.0.0.1 c@d.de @me"
        let (masked, counts) = PersonalData(kinds: [.email]).mask(text)
        #expect(masked == "[EMAIL] 10.0.0.1 [EMAIL] @me")
        #expect(counts[.email] == 2)
        #expect(counts.total == 2)
        #expect(PersonalData(kinds: []).mask(text).text == text)
    }

    @Test func `is idempotent and keeps neighbouring words, for many seeds`() {
        let pieces = [
            "a", " ", "@", ".", ":", "//", "http", "www.", "1", "555", "4111", "-", "+", "(", ")",
            "0", "::", "word", "é", "[", "]", "a@b.de", "1.2.3.4", "_", "@me", "%", "call ",
        ]
        for seed in 0..<1_500 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "personal")
            let bytes = randomBytes(&draws, pieces: pieces, count: draws.below(40))
            let kinds = PersonalData.Kind.allCases.filter { _ in draws.chance(0.7) }
            let scanner = PersonalData(kinds: kinds)
            let (masked, counts) = scanner.mask(bytes)
            let (again, none) = scanner.mask(masked)
            #expect(again == masked, "seed \(seed)")
            #expect(none.total == 0)
            #expect(counts.total > 0 || masked == bytes)
            if let text = String(validating: bytes, as: UTF8.self) {
                #expect(String(validating: masked, as: UTF8.self) != nil)
                let beside = "\u{4E2D} " + text + " \u{4E2D}"
                let result = scanner.mask(beside).text
                #expect(result.hasPrefix("\u{4E2D} ") && result.hasSuffix(" \u{4E2D}"))
            }
        }
    }

    @Test func `takes hostile input in linear time`() {
        for piece in ["1", "1-", "a@", "@", "http://", "(", "1:", ":", ".", "w", "+1 ", "))"] {
            let text = String(repeating: piece, count: 20_000)
            let (masked, _) = PersonalData().mask("http://a" + text)
            #expect(PersonalData().mask(masked).text == masked)
        }
    }
}
