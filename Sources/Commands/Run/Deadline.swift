internal import ArgumentParser
internal import Dispatch
internal import Glibc
internal import Pipeline
internal import Records

/// When a run has to end: `--deadline 05:30`, or a day with it, `--deadline 2026-01-31T05:30`.
///
/// Local time, as cron and systemd timers speak it. A time without a day is the next one to come.
struct Deadline: Equatable {
    /// Seconds since 1970 UTC.
    let seconds: Int
    /// As the user wrote it.
    let text: String

    init(seconds: Int, text: String) {
        self.seconds = seconds
        self.text = text
    }

    /// - Parameter now: Seconds since 1970 UTC.
    /// - Throws: `.usage` for what is no time, or one that has passed.
    init(_ text: String, now: Int = time(nil)) throws(Fault) {
        self.text = text
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard let clock = parts.last, let (hour, minute) = Self.clock(clock), parts.count <= 2
        else { throw Self.fault(text, "is no time") }
        var date = tm()
        var moment = now
        localtime_r(&moment, &date)
        if parts.count == 2 {
            guard let (year, month, day) = Self.day(parts[0]) else {
                throw Self.fault(text, "is no time")
            }
            (date.tm_year, date.tm_mon, date.tm_mday) = (year - 1900, month - 1, day)
        }
        (date.tm_hour, date.tm_min, date.tm_sec) = (hour, minute, 0)
        let asked = date
        let first = Self.seconds(date)
        guard parts.count == 2, first <= now else {
            if first > now {
                seconds = first
            } else {
                // Not 24 hours later: the night the clocks change has 23 or 25.
                date = asked
                date.tm_mday += 1
                seconds = Self.seconds(date)
            }
            return
        }
        throw Self.fault(text, "has passed")
    }

    /// Sets the flag when the time has come, also when the clock is set meanwhile.
    ///
    /// - Returns: What keeps the timer; cancel it when the run is over.
    func arm(_ stop: StopFlag) -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: .global())
        let time = DispatchWallTime(timespec: timespec(tv_sec: seconds, tv_nsec: 0))
        timer.schedule(wallDeadline: time)
        timer.setEventHandler { [text] in stop.stop(because: "the deadline \(text) has come") }
        timer.resume()
        return timer
    }

    /// The moment with its day and time zone, and how far off it is: `2026-01-31 05:30 CET, in
    /// 7 h 12 min`.
    ///
    /// - Parameter now: Seconds since 1970 UTC.
    func words(now: Int = time(nil)) -> String {
        var moment = seconds
        var date = tm()
        localtime_r(&moment, &date)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%Y-%m-%d %H:%M %Z", &date)
        let day = String(decoding: text.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "\(day), in \(NumberFormat.seconds(Double(max(0, seconds - now))))"
    }

    private static func seconds(_ date: tm) -> Int {
        var date = date
        // The C library finds out whether summer time holds then.
        date.tm_isdst = -1
        return mktime(&date)
    }

    /// `05:30` as (5, 30).
    private static func clock(_ text: Substring) -> (Int32, Int32)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.utf8.count) }),
            parts[1].utf8.count == 2, let hour = number(parts[0]), let minute = number(parts[1]),
            hour < 24, minute < 60
        else { return nil }
        return (hour, minute)
    }

    /// `2026-01-31` as (2026, 1, 31).
    private static func day(_ text: Substring) -> (Int32, Int32, Int32)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0]), let month = number(parts[1]),
            let day = number(parts[2]), (1970...9999).contains(year), (1...12).contains(month),
            (1...31).contains(day)
        else { return nil }
        return (year, month, day)
    }

    private static func number(_ text: Substring) -> Int32? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int32(text) : nil
    }

    private static func fault(_ text: String, _ what: String) -> Fault {
        Fault(
            .usage, "`--deadline \(text)` \(what)",
            hint: "write 05:30 for the next half past five, or 2026-01-31T05:30")
    }
}

/// `--deadline`, of the commands that run a pipeline.
struct DeadlineOption: ParsableArguments {
    @Option(
        help: """
            Stop in good order at this local time, 05:30 for example; the same command continues.
            """)
    var deadline: String?

    /// The deadline, said on standard error: a time that has just passed is tomorrow's, which must
    /// surprise nobody in the morning.
    func said(_ console: Console) throws(Fault) -> Deadline? {
        guard let deadline else { return nil }
        let moment = try Deadline(deadline)
        console.talk("deadline: \(moment.words())")
        return moment
    }
}
