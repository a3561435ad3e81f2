internal import CCurl
internal import Glibc

/// One of libcurl's multi handles: its transfers, and when it wants to be called.
///
/// Lives and dies on the loop's thread, as part of ``CurlMultis``.
private final class CurlMulti {
    let raw: UnsafeMutableRawPointer
    let index: Int
    let sockets: WatchedSockets
    /// Transfers under way.
    var count = 0
    /// When libcurl wants to be called even if no socket is ready; of the monotonic clock.
    var timerMilliseconds: Int64?

    init?(_ index: Int, _ sockets: WatchedSockets) {
        guard let raw = curl_multi_init() else { return nil }
        self.raw = raw
        self.index = index
        self.sockets = sockets
        // Unretained: the handle is cleaned up while this object still stands.
        ccurl_multi_set_events(
            raw,
            { _, socket, what, context, _ in
                guard let context else { return -1 }
                let multi = Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                multi.sockets.watch(socket, what, for: multi.index)
                return 0
            },
            { _, milliseconds, context in
                guard let context else { return -1 }
                let multi = Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                multi.timerMilliseconds =
                    milliseconds < 0 ? nil : monotonicMilliseconds() + Int64(milliseconds)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    func act(_ socket: Int32, _ mask: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(raw, socket, mask, &running)
    }
}

/// The sockets that libcurl wants watched, and by which of the multi handles.
private final class WatchedSockets {
    let epoll: Int32
    /// Owner by file descriptor; nil while libcurl is not polling it.
    ///
    /// Such a one stays watched: nearly all are taken up again by the next transfer, and to take
    /// each off and add it again are three system calls a request.
    private var owners: [Int?] = []

    init?() {
        epoll = ccurl_epoll_new()
        if epoll < 0 { return nil }
    }

    deinit { close(epoll) }

    func watch(_ socket: Int32, _ what: Int32, for owner: Int) {
        let index = Int(socket)
        if index >= owners.count {
            owners += Array(repeating: nil, count: index + 1 - owners.count)
        }
        owners[index] = what == CURL_POLL_REMOVE ? nil : owner
        if what != CURL_POLL_REMOVE { ccurl_epoll_watch(epoll, socket, what) }
    }

    /// Whose socket stirred; one that is nobody's is watched no longer.
    func owner(of socket: Int32) -> Int? {
        if let owner = owners[Int(socket)] { return owner }
        ccurl_epoll_forget(epoll, socket)
        return nil
    }
}

/// libcurl's multi handles of one loop, and a bell for other threads to ring.
///
/// `curl_multi_socket_action` over epoll, since `curl_multi_poll` looks at every transfer each time
/// it wakes: at 1,024 in flight that is the larger part of the client's time (measured, see
/// Benchmarks/endpoint). Several handles, since each looks at all its connections when a transfer
/// begins (for an idle one) and when it ends (`ConnectionExists`, `close_connect_only`; measured).
///
/// Safety: `wake` writes to an eventfd, which any thread may; every other method is for the loop's
/// own thread alone. Handles and descriptors are freed when the last owner, loop or submitter, has
/// let go.
final class CurlMultis: @unchecked Sendable {
    private let multis: [CurlMulti]
    private let sockets: WatchedSockets
    private let bell: Int32
    private var ready = [ccurl_ready](repeating: ccurl_ready(), count: 256)

    /// - Parameters:
    ///   - count: of handles; 1 or more.
    ///   - set: sets the options of one.
    init?(_ count: Int, set: (UnsafeMutableRawPointer) -> Void) {
        guard Self.isReady, let sockets = WatchedSockets() else { return nil }
        let multis = (0..<count).compactMap { CurlMulti($0, sockets) }
        for multi in multis { set(multi.raw) }
        self.multis = multis
        self.sockets = sockets
        bell = ccurl_event_new()
        guard multis.count == count, bell >= 0,
            ccurl_epoll_watch(sockets.epoll, bell, CURL_POLL_IN) == 0
        else { return nil }
    }

    deinit {
        for multi in multis { curl_multi_cleanup(multi.raw) }
        if bell >= 0 { close(bell) }
    }

    /// Ends the present or the next ``turn()``'s sleep.
    func wake() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// Begins a transfer, on the handle with the fewest.
    ///
    /// - Returns: which handle that is, or nil when libcurl refuses.
    func add(_ easy: UnsafeMutableRawPointer) -> Int? {
        guard let multi = multis.min(by: { $0.count < $1.count }),
            curl_multi_add_handle(multi.raw, easy) == CURLM_OK
        else { return nil }
        multi.count += 1
        return multi.index
    }

    func remove(_ easy: UnsafeMutableRawPointer, from index: Int) {
        curl_multi_remove_handle(multis[index].raw, easy)
        multis[index].count -= 1
    }

    /// The next transfer that is over, taken off its handle; nil when there is none.
    func nextDone() -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        var code = CURLE_OK
        for multi in multis where multi.count > 0 {
            if let easy = ccurl_next_done(multi.raw, &code) {
                remove(easy, from: multi.index)
                return (easy, code)
            }
        }
        return nil
    }

    /// Sleeps until a socket, a timer or ``wake()``, and lets libcurl do what there is to do.
    func turn() {
        let next = multis.compactMap(\.timerMilliseconds).min()
        // Rounded up by nothing: libcurl counts whole milliseconds itself. A minute is no limit.
        let wait = next.map { max(0, min(60_000, $0 - monotonicMilliseconds())) } ?? 60_000
        let count = Int(ccurl_epoll_wait(sockets.epoll, &ready, 256, Int32(wait)))
        for one in ready.prefix(count) {
            if one.socket == bell {
                var rings: UInt64 = 0
                _ = read(bell, &rings, 8)
            } else if let owner = sockets.owner(of: one.socket) {
                multis[owner].act(one.socket, one.mask)
            }
        }
        for multi in multis {
            guard let due = multi.timerMilliseconds, due <= monotonicMilliseconds() else {
                continue
            }
            multi.timerMilliseconds = nil
            multi.act(CURL_SOCKET_TIMEOUT, 0)
        }
    }

    /// libcurl's one-time start, before any thread uses it.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

private func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
