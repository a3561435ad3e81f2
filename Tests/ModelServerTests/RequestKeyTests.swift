import Records
import Testing

@testable import ModelServer

struct RequestKeyTests {
    /// Texts of the server are drawn by this key: another form would be other texts.
    @Test func `the key is a hash of sorted members, control characters by their numbers`() {
        let text = "tab\t return\r feed\u{C} back\u{8} line\n quote\" slash\\t"
        let body = JSONValue.members([
            ("b", .string(text)), ("a", .number(0.5)), ("user", .string("somebody")),
        ])
        let form =
            #"{"a":0.5,"b":"tab\u0009 return\u000d feed\u000c back\u0008 line\n quote\" slash\\t"}"#
        var hash = SHA256()
        hash.update("7\n\(form)")
        #expect(RequestKey(7, body).hex == hash.finish().shortHex)
    }
}
