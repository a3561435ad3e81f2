internal import Glibc

/// Where times that are kept come from; tests hand in their own.
///
/// It may be set while a program runs: what measures how long something takes does not use it.
public struct WallClock: Sendable {
    /// Milliseconds since 1970 UTC.
    public var now: @Sendable () -> Int64

    public init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// The machine's clock.
    public static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
