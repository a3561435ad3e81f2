@testable import Perturbation

/// Texts that break naive code, and ordinary ones.
enum Samples {
    static let plain = [
        "You people are completely useless and everyone knows that you never listen",
        "This is a stupid argument, honestly; nobody believes those selfish clowns anymore!",
        "Thanks for the wonderful dinner yesterday, the children loved every minute of it.",
        "Meet me at the station tomorrow morning because the market closes early on Sunday",
        "Der Nachbar behauptet ständig, daß unsere Straße schrecklich häßlich geworden wäre",
        "Le café près du théâtre était complètement fermé, quelle journée désagréable",
        "Сегодня прекрасная погода, поэтому соседи гуляют возле большого озера вместе",
        "Η σημερινή παράσταση ήταν πραγματικά υπέροχη και συγκινητική για όλους",
    ]

    static let hostile = [
        "", " ", "a", "ab", "é", "e\u{301}", "\u{301}", "\u{301}\u{301}word", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷",
        "word\u{200D}joined words", "\u{200B}hidden\u{200B}text\u{FEFF}here", "👍🏽abcdef👍🏽",
        "مرحبا بالعالم هذا نص طويل جدا", "שלום עולם, זה משפט ארוך", "你好世界,这是一个测试句子。",
        "हिन्दी में एक लंबा वाक्य लिखा", "ภาษาไทยไม่มีช่องว่าง", "한국어 문장은 이렇게 생겼습니다",
        "e\u{301}tude de\u{301}ja\u{300} vu re\u{301}pe\u{301}te\u{301}e",
        "\u{0000}null\u{0000}byte",
        "line one\r\nline two\r\n\r\nline three\twith tab", "\u{202E}reversed text here\u{202C}",
        "don't can't won't shouldn't it's", "<<<<<<<<", "````````", "[[[[[[[[", "{{{{{{{{",
        "&&&&&#",
        "%%%%%", "@@@@", "::::", "....", "a.b.c.d", "https://", "www.", "\u{600}word after prepend",
        "ａｂｃｄｅｆ fullwidth", "𝓯𝓪𝓷𝓬𝔂 letters", "ﬁne ligatures oﬀer", "ǆ Ǆ ǅ digraphs",
        "İstanbul ıssız",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "word\u{20DD} circle\u{20E3} keycap", "x\u{FE0F}y\u{FE0E}z", "\u{FFFD}replacement\u{FFFF}",
        "mixed слово and λέξη with 中文 and עברית together",
    ]

    static let protected = [
        "write to john.smith@example.com about the terrible parcel from yesterday",
        "see https://example.com/some/path?query=useless for wonderful further information",
        "@someuser called +49 30 1234567 from 192.168.10.20 about invoice 4711 yesterday evening",
        "run `rm useless file` before reading <b class=\"x\">terrible</b> chapters carefully",
        "[ADULT][MESSAGE] contact [EMAIL] about {slot} and {{ other }} things immediately please",
        "visit www.example.org or example.com/terrible and follow \\path\\escapes &amp; others",
    ]

    static let huge = Array(repeating: plain[0] + ". ", count: 40).joined()

    static let all = plain + hostile + protected

    /// Spans of `protected` that every child must hold unchanged.
    static let spans = [
        ["john.smith@example.com"], ["https://example.com/some/path?query=useless"],
        ["@someuser", "1234567", "192.168.10.20", "4711", "+49"],
        ["`rm useless file`", "<b class=\"x\">", "</b>"],
        ["[ADULT][MESSAGE]", "[EMAIL]", "{slot}", "{{ other }}"],
        ["www.example.org", "example.com/terrible", "\\path\\escapes", "&amp;"],
    ]

    static let steps: [Perturber.Step] = Operators.all.flatMap { op in
        op.variants.compactMap { try? Perturber.Step(op.id, variant: $0) }
    }

    static func perturber(_ change: (inout Perturber.Settings) -> Void = { _ in }) throws
        -> Perturber
    {
        var settings = Perturber.Settings()
        change(&settings)
        return try Perturber(settings)
    }
}
