import Testing

@testable import Text

struct LanguageTests {
    @Test(arguments: [
        ("en", "This is a plain sentence about the weather, written to be found in English."),
        ("de", "Das ist ein einfacher Satz über das Wetter, der auf Deutsch geschrieben wurde."),
        ("ms", "Ini ialah ayat biasa tentang cuaca yang ditulis dalam bahasa Melayu."),
        ("ja", "これは天気についての簡単な文章です。"),
    ])
    func `tells the language of a sentence`(_ code: String, _ text: String) throws {
        let language = try #require(Language.detect(text))
        #expect(language.code == code)
        #expect((1...100).contains(language.percent))
    }

    @Test func `gives no answer without words, or for bytes that are not UTF-8`() {
        #expect(Language.detect("") == nil)
        #expect(Language.detect("12345 !!! ???") == nil)
        #expect(Language.detect(Array("plain English words here".utf8) + [0xFF, 0xFE]) == nil)
    }

    @Test func `answers the same from many tasks, and on a text beyond a megabyte`() async {
        let text = "Ceci est une phrase simple sur le temps, écrite en français. "
        let long = String(repeating: text, count: 20_000)
        let answers = await withTaskGroup(of: Language?.self) { group in
            for index in 0..<16 { group.addTask { Language.detect(index == 0 ? long : text) } }
            var answers: [Language?] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        #expect(answers.allSatisfy { $0?.code == "fr" && $0?.isReliable == true })
    }
}
