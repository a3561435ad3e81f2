internal import Dispatch
internal import Glibc
internal import Pipeline
internal import Synchronization

/// The first SIGINT or SIGTERM asks the run to end in good order, a later one ends the process.
///
/// Later is a second after the first: timeout(1), a shell and a terminal signal the process and its
/// group, so that one order comes twice.
final class Signals: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>
    private static let sameOrder = Duration.seconds(1)

    init(_ stop: StopFlag) {
        let queue = DispatchQueue(label: "signals")
        let first = Mutex<ContinuousClock.Instant?>(nil)
        sources = Mutex(
            [(SIGINT, "interrupted"), (SIGTERM, "asked to end (SIGTERM)")].map { number, reason in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler {
                    let now = ContinuousClock.now
                    let known = first.withLock { first in
                        defer { first = first ?? now }
                        return first
                    }
                    if let known {
                        if now - known < Self.sameOrder { return }
                        _exit(128 + number)
                    }
                    stop.stop(because: reason)
                    let words = "\(reason): stopping in good order; once more ends at once\n"
                    _ = words.withCString { write(2, $0, strlen($0)) }
                }
                source.resume()
                return source
            })
    }

    /// Lets signals end the process again.
    func release() {
        sources.withLock { $0.forEach { $0.cancel() } }
    }
}
