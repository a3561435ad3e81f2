import Foundation
import Pipeline
import Records
import Testing

@testable import Commands

@Suite struct ConsoleTests {
    @Test func `keys never reach a message`() {
        let text = """
            https://user:pa55word@host/v1 said 401 for Bearer abcdefghijk and sk-1234567890abcdef, \
            key my-secret-value; a task-force is no key
            """
        let hidden = Redaction.redact(text, secrets: ["my-secret-value"])
        #expect(
            hidden == """
                https://[redacted]@host/v1 said 401 for Bearer [redacted] and sk-[redacted], \
                key [redacted]; a task-force is no key
                """)
        #expect(Redaction.redact("", secrets: []) == "")
        #expect(Redaction.redact("://@", secrets: []) == "://[redacted]@")
    }

    @Test func `a live line is never wider than the terminal`() {
        for width in 1...60 {
            let box = Box()
            let console = Console(out: { _ in 0 }, err: box.append, width: { width })
            let clock = Ticks()
            let line = ProgressLine(console, isQuiet: false, clock: clock.next)
            line.show(.started(stage: "label", number: 3, of: 13))
            var state = StageProgress().current
            state.total = 5_000
            state.detail = "800 cached · 400 ok"
            for done in stride(from: 0, to: 5_000, by: 500) {
                state.done = done
                line.show(.progress(stage: "label", state))
            }
            line.end()
            let drawn = box.text.components(separatedBy: "\r")
                .map { $0.replacing("\u{1b}[K", with: "") }
            #expect(drawn.allSatisfy { $0.count < max(2, width) })
            #expect(width == 1 || box.text.hasSuffix("\r\u{1b}[K"))
        }
    }

    @Test func `progress tells rows, rate and what is left`() {
        var state = StageProgress().current
        state.done = 1_200
        state.total = 5_000
        state.detail = "800 cached"
        let text = ProgressLine.text(stage: "label", number: 3, of: 13, seconds: 4, state)
        #expect(text == "3/13 label · 1,200/5,000 rows · 300/s · 12.7 s left · 800 cached")
        state = StageProgress().current
        #expect(
            ProgressLine.text(stage: "a", number: 1, of: 1, seconds: 0, state) == "1/1 a · 0 rows")
    }

    @Test func `spooled input is named after its look`() {
        #expect(Spool.suffix(of: []) == ".jsonl")
        #expect(Spool.suffix(of: Array("\u{FEFF} {\"a\":1}".utf8)) == ".jsonl")
        #expect(Spool.suffix(of: Array("id,text\n1,a\n".utf8)) == ".csv")
        #expect(Spool.suffix(of: Array("id\ttext\n1\ta,b\n".utf8)) == ".tsv")
        #expect(Spool.suffix(of: Array("just a line\n".utf8)) == ".txt")
        #expect(Spool.suffix(of: Array("[{\"a\":1}]".utf8)) == ".jsonl")
        #expect(Spool.suffix(of: Array("[GENERAL][BIO] just a line\n".utf8)) == ".txt")
    }

    @Test func `control characters of data never reach a terminal`() {
        let out = Box()
        let err = Box()
        let console = Console(out: out.append, err: err.append, width: { 60 })
        let label = "\u{1b}]0;title\u{7}\u{1b}[31mred\u{9b}2J\r\u{202e}\u{7f}"
        console.print("spam\t" + label)
        console.talk("é " + label)
        console.report(Fault(.badData, label, hint: label))
        let line = ProgressLine(console, isQuiet: false)
        line.show(.started(stage: label, number: 1, of: 1))
        line.end()
        let own = ["\r", "\u{1b}[K", "\u{1b}[2m", "\u{1b}[0m"]
        let said = own.reduce(out.text + err.text) { $0.replacing($1, with: "") }
        #expect(
            said.unicodeScalars.allSatisfy {
                $0 == "\n" || $0 == "\t"
                    || $0.properties.generalCategory != .control && $0 != "\u{202e}"
            })
        #expect(out.text.hasPrefix("spam\t\\x1b]0;title\\x07"))
    }
}

/// A clock that goes on by a second at each look.
private final class Ticks: Sendable {
    private let box = Box()
    func next() -> Double {
        _ = box.append([1])
        return Double(box.text.utf8.count)
    }
}
