import Testing

private func blank(_ count: Int) -> String { String(repeating: " ", count: count) }

/// The test of the tests: what they look at is what it should be.
struct SourceFileTests {
    @Test(arguments: [
        ("a // b", "a     "), ("a /* b /* c */ d */ e", "a                   e"),
        ("x = \"try! \\\"y\\\"\" + z", "x = " + blank(12) + " + z"),
        ("x = #\"a \"b\" c\"# + z", "x = " + blank(11) + " + z"),
        ("x = \"a \\(f(\"b\", 1)) c\" + z", "x = " + blank(18) + " + z"),
        ("\"\"\"\n try!\n \"\"\" + z", "   \n     \n     + z"), ("a \"open\nb", "a      \nb"),
    ])
    func `comments and literals are blanked, code stays where it was`(text: String, code: String) {
        #expect(SourceFile.masked(text) == code)
    }

    @Test func `a function's length is found by its braces`() {
        let text = """
            protocol P {
                func requirement(_ a: Int) -> Int
                var b: Int { get }
            }
            struct S {
                init(_ run: () -> Void = { }) {
                    if true { run() }
                }
                func one() { }
                @Test func two(
                    a: Int
                ) -> Int {
                    // }
                    "}".count
                }
            }
            """
        let found = SourceFile(path: "Sources/A/a.swift", text: text).functions()
        #expect(found.map(\.line) == [6, 9, 10])
        #expect(found.map(\.length) == [3, 1, 6])
    }
}
