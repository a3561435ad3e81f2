/// A token bucket with continuous refill, in whole numbers so that it never drifts.
///
/// Holds at most one second's worth, hence no burst that a provider's sliding window would refuse.
/// One amount larger than the bucket passes when it is full and leaves a debt.
struct RateBucket: Sendable, Equatable {
    private let perMinute: Int64
    private let capacity: Int64
    /// In units of 1/60,000 of what is limited: a unit a millisecond for each one a minute.
    private var level: Int64
    private var updated: Int64

    /// - Parameter perMinute: above 0.
    init(perMinute: Int, now: Int64) {
        self.perMinute = Int64(perMinute)
        capacity = max(1, Int64(perMinute) / 60) * 60_000
        level = capacity
        updated = now
    }

    /// Milliseconds until `amount` may pass; 0 when it may now.
    mutating func wait(for amount: Int, now: Int64) -> Int64 {
        refill(now)
        let needed = min(Self.units(amount), capacity)
        if level >= needed { return 0 }
        return (needed - level + perMinute - 1) / perMinute
    }

    /// Takes what passed; a negative amount gives back what was taken too much.
    mutating func take(_ amount: Int) {
        level = min(capacity, level - Self.units(amount))
    }

    /// Bounded, so that no amount overflows.
    private static func units(_ amount: Int) -> Int64 {
        Int64(max(-(1 << 40), min(amount, 1 << 40))) * 60_000
    }

    private mutating func refill(_ now: Int64) {
        // More than the largest debt's repayment changes nothing, and must not overflow.
        let elapsed = min(max(0, now - updated), 3_600_000)
        updated = max(updated, now)
        level = min(capacity, level + elapsed * perMinute)
    }
}
