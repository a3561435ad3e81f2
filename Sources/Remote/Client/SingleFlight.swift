internal import Records
internal import Synchronization

/// Equal requests at the same time become one call, and all get its answer.
final class SingleFlight<Value: Sendable>: Sendable {
    typealias Flight = Task<Result<Value, Fault>, Never>

    private struct Entry: Sendable {
        var flight: Flight
        var callers = 1
    }

    private let flights = Mutex<[SHA256.Digest: Entry]>([:])

    /// The value of the flight under way for `key`, or of a new one.
    ///
    /// The flight is a task of its own, so that one caller's cancellation takes no answer away
    /// from the others; it is cancelled when all its callers are.
    func value(
        for key: SHA256.Digest, _ work: @escaping @Sendable () async -> Result<Value, Fault>
    ) async -> (result: Result<Value, Fault>, isShared: Bool) {
        let (flight, isShared) = flights.withLock { flights -> (Flight, Bool) in
            if let flight = flights[key]?.flight {
                flights[key]?.callers += 1
                return (flight, true)
            }
            let flight = Task {
                let result = await work()
                // After the work stored its reply: whoever comes now finds that.
                self.flights.withLock { $0[key] = nil }
                return result
            }
            flights[key] = Entry(flight: flight)
            return (flight, false)
        }
        let result = await withTaskCancellationHandler {
            await flight.value
        } onCancel: {
            leave(flight, key)
        }
        return (result, isShared)
    }

    private func leave(_ flight: Flight, _ key: SHA256.Digest) {
        let isLast = flights.withLock { flights in
            guard let entry = flights[key], entry.flight == flight else { return false }
            flights[key]?.callers -= 1
            return entry.callers == 1
        }
        if isLast { flight.cancel() }
    }
}
