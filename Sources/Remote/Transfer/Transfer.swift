internal import CCurl
internal import Glibc
internal import Records
internal import Synchronization

/// HTTP through libcurl: one thread owns the multi handle and runs every transfer of the process.
///
/// Requests come in through a locked queue and a wake-up; replies go out through continuations.
/// How many are in flight is the caller's affair (``Pacer``): libcurl counts the time a transfer
/// waits inside it against that transfer's timeout, so nothing may ever queue in here
/// (reference: libcurl 7.88.1, `CURLOPT_TIMEOUT_MS`, measured).
final class Transfer: Sendable {
    private let loop: TransferLoop

    /// - Parameters:
    ///   - inFlight: the most transfers at once; as many idle connections are kept for reuse.
    ///   - http2: shares each connection to a host among up to 100 transfers, which is what servers
    ///     commonly allow; without the cap libcurl opens nearly one for each (measured).
    init(inFlight: Int = 64, http2: Bool = false) throws(Fault) {
        guard let multi = CurlMulti() else {
            throw Fault(.configuration, "libcurl cannot be started")
        }
        ccurl_multi_set_long(multi.raw, CURLMOPT_MAXCONNECTS, inFlight + 16)
        if http2 {
            ccurl_multi_set_long(multi.raw, CURLMOPT_PIPELINING, 2)  // CURLPIPE_MULTIPLEX
            ccurl_multi_set_long(multi.raw, CURLMOPT_MAX_HOST_CONNECTIONS, (inFlight + 99) / 100)
        }
        loop = TransferLoop(multi: multi)
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

    private let multi: CurlMulti
    private let inbox = Mutex(Inbox())

    init(multi: CurlMulti) { self.multi = multi }

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
            multi.wake()
        }
    }

    func close() {
        inbox.withLock { $0.isClosed = true }
        multi.wake()
    }

    private func run() {
        var active: [UnsafeMutableRawPointer: (easy: CurlEasy, done: Done)] = [:]
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
            multi.turn()
            var code = CURLE_OK
            while let raw = ccurl_next_done(multi.raw, &code) {
                curl_multi_remove_handle(multi.raw, raw)
                guard let (easy, done) = active.removeValue(forKey: raw) else { continue }
                over.append((easy.result(code), done))
                idle.append(easy)
            }
            // Together, so that whoever is woken finds work for more than one.
            for (result, done) in over { done.resume(returning: result) }
            over.removeAll(keepingCapacity: true)
        }
    }

    private func begin(
        _ request: HTTPRequest, _ done: Done,
        _ active: inout [UnsafeMutableRawPointer: (easy: CurlEasy, done: Done)],
        _ idle: inout [CurlEasy], _ goneAway: GoneAway
    ) {
        guard let easy = idle.popLast() ?? CurlEasy(goneAway) else {
            done.resume(returning: Self.refused(CURLE_OUT_OF_MEMORY))
            return
        }
        if let code = easy.prepare(request) {
            done.resume(returning: Self.refused(code))
        } else if curl_multi_add_handle(multi.raw, easy.raw) != CURLM_OK {
            done.resume(returning: Self.refused(CURLE_FAILED_INIT))
        } else {
            active[easy.raw] = (easy, done)
        }
    }

    private func abandon(
        _ active: [UnsafeMutableRawPointer: (easy: CurlEasy, done: Done)]
    ) {
        for (raw, (easy, done)) in active {
            curl_multi_remove_handle(multi.raw, raw)
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
