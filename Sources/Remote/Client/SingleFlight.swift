internal import Records
internal import Synchronization

/// Equal requests at the same time become one call, and all get its answer.
final class SingleFlight<Value: Sendable>: Sendable {
    typealias Flight = Task<Result<Value, Fault>, Never>

    private let flights = Mutex<[SHA256.Digest: Flight]>([:])

    /// The value of the flight under way for `key`, or of a new one.
    ///
    /// The flight is a task of its own, so that one caller's cancellation takes no answer away
    /// from the others, nor from the ledger: once sent, it is paid for.
    func value(
        for key: SHA256.Digest, _ work: @escaping @Sendable () async -> Result<Value, Fault>
    ) async -> (result: Result<Value, Fault>, isShared: Bool) {
        let (flight, isShared) = flights.withLock { flights -> (Flight, Bool) in
            if let flight = flights[key] { return (flight, true) }
            let flight = Task {
                let result = await work()
                // After the work stored its reply: whoever comes now finds that.
                self.flights.withLock { $0[key] = nil }
                return result
            }
            flights[key] = flight
            return (flight, false)
        }
        return (await flight.value, isShared)
    }
}
