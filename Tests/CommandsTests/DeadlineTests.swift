import Dispatch
import Glibc
import Records
import Testing

@testable import Commands
@testable import Pipeline
@testable import program_with_test_stages

@Suite struct DeadlineTests {
    /// Local midnight of a day without a change of clocks anywhere: 15 January 2026.
    private static func midnight() -> Int {
        var date = tm()
        (date.tm_year, date.tm_mon, date.tm_mday, date.tm_isdst) = (126, 0, 15, -1)
        return mktime(&date)
    }

    @Test(arguments: 0..<24) func `a time is the next one to come`(hour: Int) throws {
        let now = Self.midnight() + hour * 3_600 + 1_801
        for (text, minutes) in [("05:30", 330), ("5:30", 330), ("00:00", 0), ("23:59", 1_439)] {
            let deadline = try Deadline(text, now: now)
            let later = deadline.seconds - now
            #expect(later > 0 && later <= 86_400)
            #expect((deadline.seconds - Self.midnight()) % 86_400 == minutes * 60)
        }
    }

    @Test func `a time with its day is that one`() throws {
        let now = Self.midnight()
        #expect(try Deadline("2026-01-17T05:30", now: now).seconds == now + 2 * 86_400 + 19_800)
        #expect(throws: Fault.self) { try Deadline("2026-01-14T05:30", now: now) }
        #expect(throws: Fault.self) { try Deadline("2026-01-15T00:00", now: now) }
    }

    @Test(arguments: [
        "", "5", "24:00", "05:60", "05:3", "-1:00", "soon", "2026-13-01T05:30", "T05:30",
    ])
    func `what is no time is refused with an example`(text: String) {
        let fault = #expect(throws: Fault.self) { try Deadline(text) }
        #expect(fault?.kind == .usage)
        #expect(fault?.hint?.contains("05:30") == true)
    }

    @Test func `its words name the day and the time that is left`() throws {
        let now = Self.midnight() + 19_801
        // The minute that has just begun is tomorrow's.
        let words = try Deadline("05:30", now: now).words(now: now)
        #expect(words.hasPrefix("2026-01-16 05:30 ") && words.hasSuffix(", in 23 h 59 min"))
        let soon = try Deadline("2026-01-15T05:31", now: now).words(now: now)
        #expect(soon.hasPrefix("2026-01-15 05:31 ") && soon.hasSuffix(", in 59.0 s"))
        #expect(Deadline(seconds: now - 5, text: "").words(now: now).hasSuffix(", in 0.0 s"))
    }

    @Test(arguments: ["run", "retry"]) func `commands that run a pipeline say when they will stop`(
        verb: String
    ) async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let out = "\(folder.path)/out"
        _ = await curate("run", file, "-o", out, in: folder)
        let said = await curate(
            verb, file, "-o", out, "--no-progress", "--deadline", "9999-12-30T05:30", in: folder)
        #expect(said.code == 0)
        let first = said.err.prefix { $0 != "\n" }
        #expect(first.hasPrefix("deadline: 9999-12-30 05:30 ") && first.contains(", in "))
        for wrong in ["soon", "2026-01-14T05:30"] {
            let said = await curate(verb, file, "-o", out, "--deadline", wrong, in: folder)
            #expect(said.code == 64)
            #expect(said.err.contains("`--deadline \(wrong)`"))
        }
    }

    @Test func `a session is stopped at its deadline`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(
            extra: "  - use: crawl\n    milliseconds: 500\n")
        let plan = try PipelinePlan.read(file, overrides: [], catalogue: testCatalogue)
        let console = Console(out: { _ in 0 }, err: { _ in 0 })
        let session = PipelineSession(
            plan: plan, workspace: Workspace(root: "\(folder.path)/out", pipeline: "small"),
            options: RunOptions(jobs: 1),
            context: Context(catalogue: testCatalogue, console: console, stop: StopFlag()),
            showsProgress: false, deadline: Deadline(seconds: time(nil) + 1, text: "05:30"))
        // On a busy machine the second is over before the first stage begins; then it is thrown.
        var stopped: Fault?
        do {
            if case .stopped(let fault, _) = try await session.run() { stopped = fault }
        } catch {
            stopped = error
        }
        #expect(stopped?.kind == .stopped)
        #expect(stopped?.why == "the deadline 05:30 has come")
    }

    @Test func `the flag is set when the time has come`() async throws {
        let stop = StopFlag()
        let heard = AsyncStream<Fault>.makeStream()
        stop.whenSet { heard.continuation.yield($0) }
        // No user can write a time to the second; the timer can.
        var deadline = try Deadline("05:30", now: time(nil))
        deadline = Deadline(seconds: time(nil), text: deadline.text)
        let timer = deadline.arm(stop)
        defer { timer.cancel() }
        var fault: Fault?
        for await one in heard.stream {
            fault = one
            break
        }
        #expect(fault?.kind == .stopped)
        #expect(fault?.why == "the deadline 05:30 has come")
        #expect(throws: Fault.self) { try stop.check() }
    }
}
