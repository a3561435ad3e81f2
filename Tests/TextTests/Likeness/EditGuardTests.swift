import Records
import Testing

@testable import Text

struct EditGuardTests {
    /// Words that people write, beside those that the texts of a test name.
    private static let known = Set(
        """
        the a of to and in is it you that he was for on are as with his they at be this have from or
        she not no muslim christian jewish black white gay guy men women man woman able notable love
        live good god hate like people should never think said my your friends friend happy unhappy
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    private let rule = EditGuard { _, word in known.contains(word) }

    private func areCopies(_ one: String, _ other: String) -> Bool {
        let (first, second) = (TextSkeleton(one), TextSkeleton(other))
        let found = rule.areCopies(first, second)
        #expect(rule.areCopies(second, first) == found, "the order does not matter")
        return found
    }

    @Test(arguments: [
        ("Poor kid. I hope he gets a decent lawyer soon", "Poor kid. I hope he gets a"),
        (
            "I think she means he was her boyfriend for 5 months",
            "Ithink she means hewasher boyfriend for5months"
        ),
        ("Have a nice day at the heartbeat", "Havvvve a nice day at the heaaaartbeat"),
        ("are you confessing to not being able", "are you connnnfessing to not being abllle"),
        ("I do not want to go there", "I d0 n07 w4n7 70 g0 7h3r3"),
        ("My heart skipped a beat when I saw this", "Mу hеart skіpрed а bеаt ԝhеո I sаԝ tһis"),
        ("this is a modern world for all of us", "this is a rnodern vvorld for all of us"),
        ("what a stupid and useless idea", "what a st*pid and us***ss idea"),
        ("tell those people to read it", "tell those ppl to read it"),
        ("definitely the best useless thing", "definately the best uslsees thing"),
        ("look at that clown over there", "look at that c l o w n over there"),
        ("wait for me at the station please", "w.a.i.t for me at the (s)(t)ation please"),
        ("I don't know what you mean by that", "I do not know what you mean by that"),
        ("nothing will come of this plan", "nothng will come of this plan"),
        ("see you at the station", "see you at the the station 🙂"),
        ("see https://a.example/1 for the answer", "see https://b.example/2 for the answer"),
        ("我们明天在车站见面吧朋友们", "我们明天在车站见面吧"),
    ])
    func `edited copies are copies`(one: String, other: String) {
        #expect(areCopies(one, other))
    }

    @Test(arguments: [
        ("I have Muslim friends at the office", "I have Christian friends at the office"),
        ("he should say this to my friend", "she should say this to my friend"),
        ("you should like people", "you should not like people"),
        ("you should like people", "never you should like people"),
        ("you should like all these people", "you should like all these people not"),
        ("I was 14 in that photo of us", "I was 41 in that photo of us"),
        ("call room 1506 about this matter", "call room 1507 about this matter"),
        ("this is a notable result for us", "this is a not able result for us"),
        ("a gay man walked past our house", "a guy man walked past our house"),
        ("we flew to Iran for a week in May", "we flew to Iraq for a week in May"),
        ("happy people complain about this", "unhappy people complain about this"),
        ("I love you so much my friend ❤️", "I love you so much my friend 🔪"),
        ("the area is 10² metres in all", "the area is 102 metres in all"),
        ("I hate people", "I hate Muslim people"), ("!!!", "???"),
        ("我不喜欢这个地方", "我喜欢这个地方"),
    ])
    func `texts on other subjects and of other sense are no copies`(one: String, other: String) {
        #expect(!areCopies(one, other))
    }

    @Test func `a long text is compared in parts, and gives up in the end`() {
        let words = (0..<3_000).map { "w\($0 % 7)x\($0)" }
        var edited = words
        for at in stride(from: 5, to: words.count, by: 40) {
            edited[at] = "ｗ" + words[at].dropFirst()
        }
        #expect(areCopies(words.joined(separator: " "), edited.joined(separator: "  ")))
        #expect(!areCopies(words.joined(separator: " "), words.reversed().joined(separator: " ")))
    }

    @Test(arguments: [
        ("Неllо World", "hello world"), ("H3LL0 W0RLD", "hello world"),
        ("h\u{200B}ello wor\u{AD}ld", "hello world"), ("h e l l o  w-o-r-l-d!", "hello world"),
        ("ｈｅｌｌｏ 𝔀𝓸𝓻𝓵𝓭", "hello world"), ("he\u{301}llo wörld", "hello world"),
        ("hel&#108;o world", "hello world"),
    ])
    func `disguises have the letters of the text`(disguised: String, text: String) {
        #expect(TextSkeleton(disguised).letters == TextSkeleton(text).letters)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `hostile texts are read, and are copies of themselves alone`(seed: UInt64) {
        var draws = CounterRNG(seed: seed, purpose: "skeletons")
        let pieces = [
            "a", " ", "1", "@", "**", "$", "е\u{301}", "http://", "&#x41;", "你", "🙂", "İ", "ﬃ",
        ]
        let bytes = randomBytes(&draws, pieces: pieces, count: draws.below(40))
        let text = String(decoding: bytes, as: UTF8.self)
        let skeleton = TextSkeleton(text)
        #expect(rule.areCopies(skeleton, skeleton) == !skeleton.words.isEmpty)
        #expect(!rule.areCopies(skeleton, TextSkeleton("")))
    }
}
