internal import Records

/// Takes one batch from written-down calls to fetched results: events in, actions out, no clock, no
/// socket and no randomness of its own.
///
/// The order is the point: the provider's list is searched before anything is created, and again
/// whenever it is unknown whether a creation came through, so that one input is one batch.
struct BatchMachine: Sendable {
    /// What the driver has to do; each is answered by one event.
    enum Action: Sendable, Equatable {
        /// Ask for a page of the list.
        case find(after: String?)
        /// Keep that this batch of the list is ours, and go on with it.
        case adopt(RemoteBatch)
        case upload
        /// With the uploaded file's name, where there is one.
        case create(file: String?)
        case poll(String)
        /// Fetch and keep the results at that address.
        case fetch(String)
        case sleep(milliseconds: Int64)
        /// Time is up; the batch stays with the provider.
        case leave
        /// Everything that came is kept; with the provider's code when it refused the input.
        case finish(failure: String?)
        /// The provider never had it.
        case abandon
        case stop(Fault)
    }

    enum Event: Sendable, Equatable {
        case begin
        case page([RemoteBatch], next: String?)
        case uploaded(String)
        /// Created, adopted or looked at.
        case batch(RemoteBatch)
        case fetched
        case woke
        case failed(Retry)
        /// No try would help.
        case refused(Fault)
        /// Nobody knows the batch any more, and nothing can have been charged for it.
        case gone
    }

    /// What our batch is known by in the provider's list.
    struct Wanted: Sendable, Equatable {
        var input: SHA256.Digest
        var calls: Int
        /// When it was noted here, since 1970 UTC.
        var createdSeconds: Int64
        /// Batches that are noted under another number.
        var taken: Set<String> = []
        /// Whether the list tells the input.
        var hasMetadata = true
    }

    struct Timing: Sendable, Equatable {
        var firstPollMilliseconds: Int64 = 1000
        var longestPollMilliseconds: Int64 = 60_000
        var backoffMilliseconds: Int64 = 1000
        var longestBackoffMilliseconds: Int64 = 60_000
        /// Of one step.
        var attempts = 6
        /// A longer wish of the provider's ends the run resumably.
        var longestPauseMilliseconds: Int64 = 1_800_000
    }

    /// Pages of 100: a day's list is far shorter.
    static let mostPages = 50
    /// The provider's clock need not agree with ours.
    private static let clockToleranceSeconds: Int64 = 300

    private let wanted: Wanted
    private let timing: Timing
    /// False when its calls are not at hand: then it can only be found.
    private let canSubmit: Bool
    private let uploadsFile: Bool
    /// When to stop waiting, in the driver's clock.
    private let deadline: Int64
    private let exhausted: @Sendable (Retry.Kind) -> Fault

    /// Whether a creation was sent of which nobody knows how it ended.
    private(set) var mayExist = false
    private var step: Action
    private var file: String?
    private var pages = 0
    private var attempts = 0
    private var poll: Int64
    private var results: [String] = []
    private var failure: String?

    /// - Parameters:
    ///   - remote: The batch's name where it is known: then it is only looked at.
    ///   - file: The uploaded file's, where it is known.
    init(
        wanted: Wanted, remote: String?, file: String?, canSubmit: Bool, uploadsFile: Bool,
        timing: Timing, deadline: Int64, exhausted: @escaping @Sendable (Retry.Kind) -> Fault
    ) {
        self.wanted = wanted
        self.file = file
        self.canSubmit = canSubmit
        self.uploadsFile = uploadsFile
        self.timing = timing
        self.deadline = deadline
        self.exhausted = exhausted
        poll = timing.firstPollMilliseconds
        if let remote {
            step = .poll(remote)
        } else if wanted.hasMetadata || !canSubmit {
            step = .find(after: nil)
        } else {
            // Noted a moment ago, and nothing was sent: there is nothing to find.
            step = uploadsFile && file == nil ? .upload : .create(file: file)
        }
    }

    /// - Parameters:
    ///   - now: Milliseconds of a clock that only grows.
    ///   - draw: In 0..<1, for the jitter.
    mutating func next(_ event: Event, now: Int64, draw: Double) -> Action {
        switch event {
        case .begin, .woke: return step
        case .failed(let retry): return again(retry, draw: draw)
        case .refused(let fault): return .stop(fault)
        case .gone: return go(.finish(failure: nil))
        case .page(let batches, let next): return listed(batches, next)
        case .uploaded(let name):
            file = name
            return go(.create(file: name))
        case .batch(let batch): return seen(batch, now: now)
        case .fetched: return fetchNext()
        }
    }

    private mutating func go(_ action: Action) -> Action {
        attempts = 0
        step = action
        return action
    }

    private mutating func listed(_ batches: [RemoteBatch], _ next: String?) -> Action {
        if let found = batches.filter(isOurs).first { return .adopt(found) }
        pages += 1
        if let next, pages < Self.mostPages { return go(.find(after: next)) }
        pages = 0
        guard canSubmit else { return go(.abandon) }
        return go(uploadsFile && file == nil ? .upload : .create(file: file))
    }

    private func isOurs(_ batch: RemoteBatch) -> Bool {
        if wanted.taken.contains(batch.id) { return false }
        if wanted.hasMetadata { return batch.input == wanted.input }
        // The results will tell: their ids are ours or they are not.
        let earliest = wanted.createdSeconds - Self.clockToleranceSeconds
        return (batch.createdSeconds ?? .max) >= earliest
            && (batch.calls ?? wanted.calls) == wanted.calls
    }

    private mutating func seen(_ batch: RemoteBatch, now: Int64) -> Action {
        switch batch.state {
        case .working:
            _ = go(.poll(batch.id))
            if now >= deadline { return .leave }
            defer { poll = min(timing.longestPollMilliseconds, poll + poll / 2) }
            return .sleep(milliseconds: max(1, min(poll, deadline - now)))
        case .ended:
            results = batch.results
            return fetchNext()
        case .failed(let code):
            failure = code ?? "failed"
            results = batch.results
            return fetchNext()
        }
    }

    private mutating func fetchNext() -> Action {
        if results.isEmpty { return go(.finish(failure: failure)) }
        return go(.fetch(results.removeFirst()))
    }

    private mutating func again(_ retry: Retry, draw: Double) -> Action {
        attempts += 1
        if attempts >= timing.attempts { return .stop(exhausted(retry.kind)) }
        if let delay = retry.delayMilliseconds, delay > timing.longestPauseMilliseconds {
            return .stop(exhausted(retry.kind))
        }
        // It may have come through: look before anything is created twice.
        if case .create = step, retry.kind != .unreachable {
            mayExist = true
            step = .find(after: nil)
        }
        let base = timing.backoffMilliseconds << Int64(min(attempts - 1, 10))
        let longest = min(timing.longestBackoffMilliseconds, base)
        let delay = retry.delayMilliseconds ?? Int64(Double(longest) * draw)
        return .sleep(milliseconds: max(1, delay))
    }
}
