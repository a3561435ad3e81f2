internal import CCurl
internal import Glibc
internal import Records
internal import Synchronization

/// HTTP through libcurl: one thread owns the multi handles and runs every transfer of the process.
///
/// Requests come in through a locked queue and a wake-up; replies go out through continuations.
/// How many are in flight is the caller's affair (``Pacer``): libcurl counts the time a transfer
/// waits inside it against that transfer's timeout, so nothing may ever queue in here
/// (reference: libcurl 7.88.1, `CURLOPT_TIMEOUT_MS`, measured).
final class Transfer: Sendable {
    /// Each handle more resolves names and resumes TLS sessions for itself.
    private static let mostHandles = 16

    private let loop: TransferLoop

    /// - Parameters:
    ///   - inFlight: the most transfers at once; as many idle connections are kept for reuse.
    ///   - http2: shares each connection to a host among up to 100 transfers, which is what servers
    ///     commonly allow; without the cap libcurl opens nearly one for each (measured).
    init(inFlight: Int = 64, http2: Bool = false) throws(Fault) {
        let handles = http2 ? 1 : min(Self.mostHandles, (inFlight + 127) / 128)
        let multis = CurlMultis(max(1, handles)) { raw in
            ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, inFlight + 16)
            if http2 {
                ccurl_multi_set_long(raw, CURLMOPT_PIPELINING, 2)  // CURLPIPE_MULTIPLEX
                ccurl_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, (inFlight + 99) / 100)
            }
        }
        guard let multis else { throw Fault(.configuration, "libcurl cannot be started") }
        loop = TransferLoop(multis: multis)
        try loop.start()
    }

    /// Ends the thread; transfers still under way fail.
    deinit { loop.close() }

    /// Ends every transfer under way as a failure, and whatever is sent later.
    func close() { loop.close() }

    /// Sends one request and returns when its reply is complete, or known not to come.
    func send(_ request: HTTPRequest) async -> TransferResult {
        await withCheckedContinuation { loop.submit(request, $0) }
    }
}

/// The part of ``Transfer`` that its thread holds, so that letting go of the former ends the loop.
private final class TransferLoop: Sendable {
    typealias Done = CheckedContinuation<TransferResult, Never>

    private struct Inbox: Sendable {
        var requests: [(HTTPRequest, Done)] = []
        var isClosed = false
    }

    /// A transfer under way, by libcurl's handle, and whom its end concerns.
    private typealias Active = [UnsafeMutableRawPointer: (easy: CurlEasy, multi: Int, done: Done)]

    private let multis: CurlMultis
    private let inbox = Mutex(Inbox())

    init(multis: CurlMultis) { self.multis = multis }

    func start() throws(Fault) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw Fault(
                .configuration, "the transfer thread cannot be started",
                why: String(cString: strerror(code)))
        }
        pthread_detach(thread)
    }

    func submit(_ request: HTTPRequest, _ done: Done) {
        let (isClosed, rings) = inbox.withLock { inbox in
            if !inbox.isClosed { inbox.requests.append((request, done)) }
            // The first of several rings the bell for all.
            return (inbox.isClosed, inbox.requests.count == 1)
        }
        if isClosed {
            done.resume(returning: Self.closed(wasSent: false))
        } else if rings {
            multis.wake()
        }
    }

    func close() {
        inbox.withLock { $0.isClosed = true }
        multis.wake()
    }

    private func run() {
        var active: Active = [:]
        var idle: [CurlEasy] = []
        var over: [(TransferResult, Done)] = []
        let goneAway = GoneAway()
        while true {
            let (requests, isClosed) = inbox.withLock { inbox in
                defer { inbox.requests = [] }
                return (inbox.requests, inbox.isClosed)
            }
            for (request, done) in requests { begin(request, done, &active, &idle, goneAway) }
            if isClosed { return abandon(active) }
            multis.turn()
            while let (raw, code) = multis.nextDone() {
                guard let (easy, _, done) = active.removeValue(forKey: raw) else { continue }
                over.append((easy.result(code), done))
                idle.append(easy)
            }
            // Together, so that whoever is woken finds work for more than one.
            for (result, done) in over { done.resume(returning: result) }
            over.removeAll(keepingCapacity: true)
        }
    }

    private func begin(
        _ request: HTTPRequest, _ done: Done, _ active: inout Active,
        _ idle: inout [CurlEasy], _ goneAway: GoneAway
    ) {
        guard let easy = idle.popLast() ?? CurlEasy(goneAway) else {
            done.resume(returning: Self.refused(CURLE_OUT_OF_MEMORY))
            return
        }
        if let code = easy.prepare(request) {
            done.resume(returning: Self.refused(code))
        } else if let multi = multis.add(easy.raw) {
            active[easy.raw] = (easy, multi, done)
        } else {
            done.resume(returning: Self.refused(CURLE_FAILED_INIT))
        }
    }

    private func abandon(_ active: Active) {
        for (raw, (easy, multi, done)) in active {
            multis.remove(raw, from: multi)
            if case .failed(let failure) = easy.result(CURLE_ABORTED_BY_CALLBACK) {
                done.resume(returning: Self.closed(wasSent: failure.wasSent))
            }
        }
    }

    private static func refused(_ code: CURLcode) -> TransferResult {
        .failed(
            TransferFailure(
                code: Int(code.rawValue), message: String(cString: curl_easy_strerror(code)),
                wasSent: false))
    }

    private static func closed(wasSent: Bool) -> TransferResult {
        .failed(
            TransferFailure(
                code: Int(CURLE_ABORTED_BY_CALLBACK.rawValue), message: "the client was closed",
                wasSent: wasSent))
    }
}
