import Foundation
import Testing

/// A promise of the code that is broken: exit code 70 and one line, without a byte of a row.
@Suite(.enabled(if: Child.isBuilt)) struct TrapTests {
    @Test(arguments: [
        ("segv", "SIGSEGV"), ("abort", "SIGABRT"), ("trap", "SIGTRAP"), ("ill", "SIGILL"),
        ("bus", "SIGBUS"), ("fpe", "SIGFPE"), ("stack", "SIGSEGV, stack overflow"),
        ("promise", "broken promise: the test keeps it"), ("index", "SIG"), ("duplicate", "SIG"),
    ])
    func `a trap in any thread is one line and exit code 70`(how: String, words: String) throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - {use: stumble, how: \(how)}\n")
        for extra in [[], ["--json"]] {
            let said = try Child(
                ["run", file, "-o", "\(folder.path)/out", "--no-progress"] + extra, in: folder,
                name: "child\(extra.count)"
            ).wait()
            #expect(said.code == 70)
            let lines = said.err.split(separator: "\n").filter { !$0.contains("note: texts") }
            #expect(lines.last?.hasPrefix("curate: internal error (") == true, "\(said.err)")
            // Not even Swift's own line before some traps, which may name a row's text.
            #expect(lines.count == 1, "\(said.err)")
            #expect(lines.last?.contains("(\(words)") == true, "\(said.err)")
            #expect(!said.err.contains("word word") && !said.err.contains("Thread"))
            if extra.isEmpty {
                #expect(said.out == "")
            } else {
                let object = try JSON.object(said.out)
                #expect(object["exit"] as? Int == 70)
                #expect((object["error"] as? [String: Any])?["kind"] as? String == "defect")
            }
        }
    }
}
