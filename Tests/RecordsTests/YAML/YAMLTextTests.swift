import Testing

@testable import Records

struct YAMLTextTests {
    private func fault(_ yaml: String) -> Fault? {
        do throws(Fault) {
            _ = try YAMLText.compose(yaml, file: "f.yaml")
            return nil
        } catch {
            return error
        }
    }

    /// Ten copies of ten copies …, `levels` times.
    private func laughs(_ levels: Int) -> String {
        let first = "x0: &x0 [" + Array(repeating: "a", count: 10).joined(separator: ",") + "]\n"
        return (1..<levels).reduce("version: 1\n" + first) { text, level in
            let aliases = Array(repeating: "*x\(level - 1)", count: 10).joined(separator: ",")
            return text + "x\(level): &x\(level) [\(aliases)]\n"
        }
    }

    @Test(arguments: [6, 10, 100])
    func `aliases of aliases are refused with their line`(levels: Int) {
        let found = fault(laughs(levels))
        #expect(found?.kind == .configuration)
        #expect(found?.what == "too many aliases")
        guard case .file(_, let line, _) = found?.place else {
            Issue.record("the fault has no line")
            return
        }
        #expect(line == 3)
    }

    @Test func `ten thousand aliases are too many, a thousand scalars are not`() {
        let many = "a: &a 1\nb:\n" + String(repeating: "  - *a\n", count: 10_000)
        #expect(fault(many)?.what == "too many aliases")
        #expect(fault("a: &a 1\nb:\n" + String(repeating: "  - *a\n", count: 900)) == nil)
        // Without an anchor of that name a star is only a star.
        let prose = "a: |\n" + String(repeating: "  * one & two *bold* text\n", count: 5_000)
        #expect(fault(prose) == nil)
    }

    @Test func `aliases of a chain nest no deeper than lists in the text may`() {
        // Fewer anchors than are allowed, each with what was before it inside.
        let chain = (1..<900).reduce("a0: &a0 [1]\n") { text, level in
            text + "a\(level): &a\(level) [\(String(repeating: "[", count: 50))*a\(level - 1)"
                + "\(String(repeating: "]", count: 50))]\n"
        }
        #expect(fault(chain)?.what.contains("in more than 100 others") == true)
        for depth in [101, 900, 100_000] {
            let flow = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(fault("a: \(flow)")?.kind == .configuration)
        }
        let fits = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
        #expect(fault("a: \(fits)") == nil)
    }

    @Test(arguments: ["*x9 : v", "? *x9\n: v", "{[*x9]: v}", "{? [*x9] : v}", "- ? [*x9]\n  : v"])
    func `an alias as a key is refused before keys are compared`(last: String) {
        let text = laughs(10).split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(fault(text + "\nlast:\n  " + last + "\n")?.kind == .configuration)
        // The same of few values.
        #expect(fault("x9: &x9 [1]\nlast:\n  " + last + "\n")?.kind == .configuration)
    }

    @Test func `an alias gives what it names`() throws {
        let root = try YAMLNode.parse(yaml: "a: &a {b: [1, 2]}\nc: *a\n", file: "f.yaml")
        #expect(root["c"]?["b"]?.list?.map(\.text) == ["1", "2"])
    }

    @Test func `what is not YAML is told with line and column`() {
        let found = fault("a: 1\nb: [1, 2\nc: 3\n")
        #expect(found?.what == "the file is not YAML")
        guard case .file("f.yaml", 3?, .some) = found?.place else {
            Issue.record("not where it stands: \(String(describing: found?.place))")
            return
        }
        #expect(fault("a: 1\na: 2\n")?.what == "the key `a` stands twice")
        #expect(fault("a: *b\n")?.kind == .configuration)
    }
}
