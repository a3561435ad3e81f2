import Pipeline
import Records
import Testing

struct FolderNameTests {
    private func fault(_ yaml: String) -> Fault? {
        do {
            _ = try PipelinePlan.parse(yaml: yaml, path: "p.yaml", catalogue: catalogue)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "a/b", "/etc", "..", "../up", "a/../../up", ".hidden", ".", "", " a", "a ", "a.",
        "a\u{0}b", "a\nb", "a\u{1B}[2J", "a\u{202E}b", "a\u{2028}b", "a\\b", "a:b", "con",
        "NUL.txt",
        String(repeating: "n", count: 201), String(repeating: "é", count: 101),
    ])
    func `what leads elsewhere is no folder's name`(text: String) {
        #expect(FolderName(text) == nil)
        #expect(FolderName.flaw(of: text) != nil)
    }

    @Test(arguments: [
        "dedupe", "dedupe-strict", "Étude", "नमस्ते", "审核", "a b", "v1.2", "a..b", "console",
        "क्\u{200D}ष", String(repeating: "n", count: 200),
    ])
    func `letters of any script are`(text: String) {
        #expect(FolderName(text)?.text == text)
    }

    @Test(arguments: ["a/b", "../up", "a/../../up", ".hidden", "\"a\\0b\"", "\"a\\nb\"", "con"])
    func `a stage's and a pipeline's name are refused at their line and column`(name: String) {
        let stage = fault("stages:\n  - count\n  - {use: thin, name: \(name)}\n")
        #expect(stage?.kind == .configuration)
        #expect(stage?.place == .file("p.yaml", line: 3, column: 23))
        let pipeline = fault("version: 1\nname: \(name)\nstages: [count]\n")
        #expect(pipeline?.kind == .configuration)
        #expect(pipeline?.place == .file("p.yaml", line: 2, column: 7))
    }

    @Test func `names that a file system may fold into one are two stages of one name`() {
        for (one, other) in [("Strict", "strict"), ("caf\u{E9}", "cafe\u{301}"), ("x", "x")] {
            let stages = [one, other].map { "  - {use: thin, name: \($0)}\n" }.joined()
            let found = fault("stages:\n  - count\n" + stages)
            #expect(found?.what == "two stages are called `\(other)`")
            guard case .file(_, let line, _) = found?.place else {
                Issue.record("the fault has no line")
                return
            }
            #expect(line == 4)
        }
        #expect(fault("stages: [count, {use: thin, name: a}, {use: thin, name: b}]") == nil)
    }

    @Test func `a name that is not text is refused`() {
        #expect(fault("stages: [count, {use: thin, name: [a]}]")?.what.contains("not text") == true)
    }
}
