internal import Records
internal import Synchronization

/// What the stages of one run have in common, and what runs beside them: a generic place, since
/// the runner knows neither servers nor clients.
final class RunServices: Sendable {
    /// Base URLs by name.
    let endpoints: [String: String]
    /// When the run has to end, in milliseconds since 1970 UTC.
    let deadlineMilliseconds: Int64?
    private let values = Mutex<[String: any Sendable]>([:])

    init(endpoints: [String: String] = [:], deadlineMilliseconds: Int64? = nil) {
        self.endpoints = endpoints
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    /// The value of `key`; the first caller's `make` decides what it is, and its type.
    func value<Value: Sendable>(
        _ key: String, _ make: () throws(Fault) -> Value
    ) throws(Fault) -> Value {
        if let found = values.withLock({ $0[key] }) {
            guard let value = found as? Value else {
                throw Fault(.defect, "two stages share `\(key)` as different things")
            }
            return value
        }
        // Stages come one after the other, so nobody else makes it meanwhile.
        let made = try make()
        values.withLock { $0[key] = made }
        return made
    }
}
