internal import Glibc
internal import Remote

/// Time and processor time of this process.
struct Usage {
    var seconds: Double
    var processorSeconds: Double

    static func now() -> Usage {
        var clock = timespec()
        clock_gettime(CLOCK_MONOTONIC, &clock)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double {
            Double(time.tv_sec) + Double(time.tv_usec) / 1e6
        }
        return Usage(
            seconds: Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9,
            processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }

    func since(_ start: Usage) -> Usage {
        Usage(
            seconds: seconds - start.seconds,
            processorSeconds: processorSeconds - start.processorSeconds)
    }

    /// Resident memory at its peak, in MB.
    static var peakMegabytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss / 1024
    }

    func line(_ counters: CallCounters, _ arguments: Arguments) -> String {
        func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
        let calls = Double(max(1, counters.finished))
        let fields: [(String, String)] = [
            ("client", "\"curate\(arguments.isHTTP2 ? " h2" : "")\""),
            ("in_flight", "\(arguments.inFlight)"), ("calls", "\(arguments.calls)"),
            ("cached", "\(counters.cached)"), ("answered", "\(counters.answered)"),
            ("failed", "\(counters.failed)"), ("sends", "\(counters.sends)"),
            ("ambiguous", "\(counters.ambiguous)"), ("seconds", "\(rounded(seconds))"),
            ("requests_per_second", "\(Int(calls / seconds))"),
            ("cpu_seconds_per_1000", "\(rounded(processorSeconds * 1000 / calls))"),
            ("peak_megabytes", "\(Self.peakMegabytes)"),
        ]
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}
