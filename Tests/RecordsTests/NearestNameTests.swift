import Records
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("treshold", "threshold"), ("thershold", "threshold"), ("Threshold", "threshold"),
        ("c", nil), ("qqqqqqqqqqqq", nil), ("seeds", "seed"),
    ])
    func `a slip of the keys finds its name`(wrong: String, right: String?) {
        #expect(NearestName.of(wrong, in: ["seed", "threshold", "folder"]) == right)
    }

    @Test func `separators between words are alike`() {
        let names = ["a_b_c_d_e_f", "spam"]
        for name in ["a b c d e f", "A-B-C-D-E-F", "a.b.c.d.e.f"] {
            #expect(NearestName.of(name, in: names) == "a_b_c_d_e_f")
        }
        #expect(NearestName.of("abcdef", in: ["spam"]) == nil)
    }

    @Test func `neighbours that changed places are one edit, and ties go to the earlier name`() {
        #expect(NearestName.of("abdc", in: ["abxx", "abcd"]) == "abcd")
        #expect(NearestName.of("aaa", in: ["aab", "aac"]) == "aab")
    }

    @Test func `a hint names the nearest, else all, else nothing`() {
        #expect(NearestName.hint("sed", in: ["seed", "jobs"]) == "did you mean `seed`?")
        #expect(NearestName.hint("colour", in: ["seed", "jobs"]) == "known here: seed, jobs")
        #expect(NearestName.hint("x", in: []) == nil)
        let many = (0..<40).map { "name-number-\($0)" }
        #expect(NearestName.hint("colour", in: many)?.hasSuffix(", and 10 more") == true)
    }

    @Test func `a name of any length costs little, and its head decides`() {
        let long = String(repeating: "a", count: 1_000_000)
        #expect(NearestName.of(long, in: [long + "b"]) == long + "b")
        #expect(NearestName.of(long, in: ["a", ""]) == nil)
        #expect(NearestName.of("", in: ["", "ab"]) == "")
    }
}
