import Dispatch
import Glibc
import Records
import Testing

@testable import Commands
@testable import Pipeline

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
