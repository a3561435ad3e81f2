import Testing

@testable import Text

struct ScriptTests {
    @Test(arguments: [
        ("hello", "Latin"), ("привет, hi", "Cyrillic"), ("ሰላም", "Ethiopic"), ("ខ្ញុំ", "Khmer"),
        ("😀👍🏽", "symbols"), ("", "symbols"), ("12 34", "symbols"), ("你好 ok", "Han"),
        ("한국어", "Hangul"), ("हिन्दी", "Devanagari"), ("مرحبا", "Arabic"), ("ᎠᏂᏔᎵ", "Cherokee"),
        ("e\u{301}", "Latin"), ("\u{10330}\u{10331}", "other letters"), ("a б б", "Cyrillic"),
    ])
    func `the commonest writing system is named`(text: String, script: String) {
        #expect(Script.main(of: text.unicodeScalars) == script)
    }
}
