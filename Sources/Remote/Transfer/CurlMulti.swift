internal import CCurl
internal import Glibc

/// libcurl's multi handle with the sockets it wants watched, and a bell for other threads to ring.
///
/// `curl_multi_socket_action` over epoll, since `curl_multi_poll` looks at every transfer each time
/// it wakes: at 1,024 in flight that is the larger part of the client's time (measured, see
/// Benchmarks/endpoint).
///
/// Safety: `wake` writes to an eventfd, which any thread may; every other method is for the loop's
/// own thread alone. Handle and descriptors are freed when the last owner, loop or submitter, has
/// let go, and the callbacks' context is this object, which outlives the handle.
final class CurlMulti: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
    private let epoll: Int32
    private let bell: Int32
    /// Sockets libcurl has no wish about at present, by descriptor.
    ///
    /// They stay watched: nearly all are taken up again by the next transfer, and to take each off
    /// and add it again are three system calls a request. One that stirs meanwhile is taken off.
    private var isIdle: [Bool] = []
    private var ready = [ccurl_ready](repeating: ccurl_ready(), count: 256)
    /// When libcurl wants to be called even if no socket is ready; of the monotonic clock.
    private var timerMilliseconds: Int64?

    init?() {
        guard Self.isReady, let raw = curl_multi_init() else { return nil }
        self.raw = raw
        epoll = ccurl_epoll_new()
        bell = ccurl_event_new()
        guard epoll >= 0, bell >= 0, ccurl_epoll_watch(epoll, bell, CURL_POLL_IN) == 0 else {
            return nil
        }
        // Unretained: the handle dies with this object.
        ccurl_multi_set_events(
            raw,
            { _, socket, what, context, _ in
                guard let context else { return -1 }
                let multi = Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                multi.watch(socket, what)
                return 0
            },
            { _, milliseconds, context in
                guard let context else { return -1 }
                let multi = Unmanaged<CurlMulti>.fromOpaque(context).takeUnretainedValue()
                multi.timerMilliseconds =
                    milliseconds < 0 ? nil : CurlMulti.now() + Int64(milliseconds)
                return 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        curl_multi_cleanup(raw)
        if epoll >= 0 { close(epoll) }
        if bell >= 0 { close(bell) }
    }

    /// Ends the present or the next ``turn()``'s sleep.
    func wake() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// Sleeps until a socket, a timer or ``wake()``, and lets libcurl do what there is to do.
    func turn() {
        // Rounded up by nothing: libcurl counts whole milliseconds itself. A minute is no limit.
        let wait = timerMilliseconds.map { max(0, min(60_000, $0 - Self.now())) } ?? 60_000
        let count = Int(ccurl_epoll_wait(epoll, &ready, 256, Int32(wait)))
        var running: Int32 = 0
        for one in ready.prefix(count) {
            if one.socket == bell {
                var rings: UInt64 = 0
                _ = read(bell, &rings, 8)
            } else if isIdle(one.socket) {
                ccurl_epoll_forget(epoll, one.socket)
            } else {
                curl_multi_socket_action(raw, one.socket, one.mask, &running)
            }
        }
        if let due = timerMilliseconds, due <= Self.now() {
            timerMilliseconds = nil
            curl_multi_socket_action(raw, CURL_SOCKET_TIMEOUT, 0, &running)
        }
    }

    private func watch(_ socket: Int32, _ what: Int32) {
        let index = Int(socket)
        if index >= isIdle.count {
            isIdle += Array(repeating: false, count: index + 1 - isIdle.count)
        }
        isIdle[index] = what == CURL_POLL_REMOVE
        if what != CURL_POLL_REMOVE { ccurl_epoll_watch(epoll, socket, what) }
    }

    private func isIdle(_ socket: Int32) -> Bool {
        isIdle.indices.contains(Int(socket)) && isIdle[Int(socket)]
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// libcurl's one-time start, before any thread uses it.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
