internal import Records
internal import Synchronization

/// Equal requests at the same time become one call, and all get its answer.
///
/// The first caller does the work, in its own task: another for every call would cost two changes
/// of thread. When that caller is cancelled before the call was sent, all who joined it hear so,
/// and may begin anew; what was sent is never cut short.
final class SingleFlight<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, Fault>

    /// Hears nil when the flight was over before it could be joined.
    private typealias Waiter = CheckedContinuation<Outcome?, Never>

    private let flights = Mutex<[SHA256.Digest: [Waiter]]>([:])

    /// The value of the flight under way for `key`, or of a new one.
    func value(
        for key: SHA256.Digest, _ work: () async -> Outcome
    ) async -> (result: Outcome, isShared: Bool) {
        while true {
            if begins(key) {
                let outcome = await work()
                // After the work stored its reply: whoever comes now finds that.
                let waiters = flights.withLock { $0.removeValue(forKey: key) ?? [] }
                for waiter in waiters { waiter.resume(returning: outcome) }
                return (outcome, false)
            }
            let outcome = await withCheckedContinuation { waiter in
                if !joins(key, waiter) { waiter.resume(returning: nil) }
            }
            if let outcome { return (outcome, true) }
        }
    }

    private func begins(_ key: SHA256.Digest) -> Bool {
        flights.withLock { flights in
            if flights[key] != nil { return false }
            flights[key] = []
            return true
        }
    }

    private func joins(_ key: SHA256.Digest, _ waiter: Waiter) -> Bool {
        flights.withLock { flights in
            if flights[key] == nil { return false }
            flights[key]?.append(waiter)
            return true
        }
    }
}
