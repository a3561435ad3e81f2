import Glibc
import Synchronization

/// A loopback HTTP server that answers from a script, a thread a connection, over plain sockets.
///
/// It misbehaves on demand in ways no proper server library would: resets, cut bodies, silence.
/// The same file is a part of StagesTests, by a link.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// Requests before this one, over all connections.
        var number: Int
        var method = "POST"
        var path: String
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        enum Ending: Sendable {
            case whole
            /// Says it is longer than it is, then closes.
            case truncated
            /// A reset instead of any reply.
            case reset
            /// Closes after a whole reply without having said so.
            case closed
        }

        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        var delayMilliseconds = 0
        var ending = Ending.whole

        init(
            _ status: Int = 200, _ body: String = "", headers: [(String, String)] = [],
            delayMilliseconds: Int = 0, ending: Ending = .whole
        ) {
            self.status = status
            self.headers = headers
            self.body = Array(body.utf8)
            self.delayMilliseconds = delayMilliseconds
            self.ending = ending
        }
    }

    typealias Script = @Sendable (Request) -> Answer

    private struct State: Sendable {
        var requests: [Request] = []
        var atOnce = 0
        var mostAtOnce = 0
        var connections: Set<Int32> = []
    }

    private let listener: Loopback
    private let state: Shared

    private final class Shared: Sendable {
        let state = Mutex(State())
        let script: Script
        init(_ script: @escaping Script) { self.script = script }
    }

    init(_ script: @escaping Script) throws {
        state = Shared(script)
        listener = try Loopback(backlog: 512)
        let listener = listener
        let shared = state
        Self.thread { Self.accept(listener, shared) }
    }

    /// Each thread closes its own socket, so that no number is reused under another's feet.
    deinit {
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        state.state.withLock { state in
            for socket in state.connections { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    var port: UInt16 { listener.port }
    var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    var requests: [Request] { state.state.withLock { $0.requests } }
    var mostAtOnce: Int { state.state.withLock { $0.mostAtOnce } }
    var openConnections: Int { state.state.withLock { $0.connections.count } }

    /// How often each body came, most first.
    var timesByBody: [String: Int] {
        Dictionary(requests.map { ($0.body, 1) }, uniquingKeysWith: +)
    }

    private static func thread(_ work: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Box(work)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, context)
        pthread_detach(thread)
    }

    private static func accept(_ listener: Loopback, _ shared: Shared) {
        while true {
            let connection = listener.accept()
            if connection < 0 {
                close(listener.descriptor)
                return
            }
            shared.state.withLock { _ = $0.connections.insert(connection) }
            thread {
                while serve(connection, shared) {}
                shared.state.withLock { state in
                    state.connections.remove(connection)
                    close(connection)
                }
            }
        }
    }

    /// One request and its answer; false when the connection is over.
    private static func serve(_ connection: Int32, _ shared: Shared) -> Bool {
        guard var request = read(connection) else { return false }
        shared.state.withLock { state in
            request.number = state.requests.count
            state.requests.append(request)
            state.atOnce += 1
            state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
        }
        let answer = shared.script(request)
        if answer.delayMilliseconds > 0 { usleep(UInt32(answer.delayMilliseconds) * 1000) }
        shared.state.withLock { $0.atOnce -= 1 }
        return write(answer, connection)
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            if let request = parse(bytes) { return request }
            let count = recv(connection, &piece, piece.count, 0)
            if count <= 0 { return nil }
            bytes += piece.prefix(count)
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Request? {
        let blank = Array("\r\n\r\n".utf8)
        let ends = bytes.indices.dropLast(3)
        guard let end = ends.first(where: { bytes[$0...].starts(with: blank) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(
            whereSeparator: \.isNewline)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].dropFirst()) : ""
        }
        let body = bytes[(end + 4)...]
        guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Request(
            number: 0, method: String(lines[0].split(separator: " ")[0]),
            path: String(lines[0].split(separator: " ")[1]), headers: headers,
            body: String(decoding: body, as: UTF8.self))
    }

    private static func write(_ answer: Answer, _ connection: Int32) -> Bool {
        if answer.ending == .reset {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        }
        let length = answer.body.count + (answer.ending == .truncated ? 100 : 0)
        var head = "HTTP/1.1 \(answer.status) Status\r\nContent-Length: \(length)\r\n"
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + answer.body
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress?.advanced(by: sent), bytes.count - sent, 0x4000)
            }
            if count <= 0 { return false }
            sent += count
        }
        return answer.ending == .whole
    }
}
