internal import Dispatch
internal import Glibc
internal import Pipeline
internal import Synchronization

/// The first SIGINT or SIGTERM asks the run to end in good order, the second one ends the process.
final class Signals: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(_ stop: StopFlag) {
        let queue = DispatchQueue(label: "signals")
        sources = Mutex(
            [(SIGINT, "interrupted"), (SIGTERM, "asked to end (SIGTERM)")].map { number, reason in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler {
                    if stop.isSet { _exit(128 + number) }
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
