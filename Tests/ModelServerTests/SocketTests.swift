import Foundation
import Glibc
import Records
import Testing

@testable import ModelServer

/// A few lines of HTTP over a POSIX socket: status, and body by Content-Length.
struct RawClient: ~Copyable {
    private let socket: Int32

    init(port: UInt16) throws(Fault) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        // Only against a server that hangs: beside all other tests, its turn may come seconds late.
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(
            socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if result != 0 {
            close(socket)
            throw Fault(.unavailable, "Nobody listens")
        }
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    func post(_ path: String, _ body: [UInt8]) -> (status: Int, body: [UInt8]) {
        send(
            Array("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n".utf8))
        send(body)
        return reply()
    }

    func reply() -> (status: Int, body: [UInt8]) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = headerEnd(bytes) {
                let header = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
                let status = header.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                let length = header.split(separator: "\r\n")
                    .first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).drop(while: { $0 == " " })) }
                if bytes.count >= end + (length ?? 0) { return (status ?? 0, Array(bytes[end...])) }
            }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count <= 0 { return (0, bytes) }
            bytes += buffer[..<count]
        }
    }

    /// Whether the server has closed the connection; waits until it says something.
    func isClosed() -> Bool {
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, 0)
        return count == 0 || count < 0 && errno == ECONNRESET
    }

    private func headerEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
            .map { $0 + 4 }
    }
}

/// Runs blocking socket calls on a thread of their own: the tests' threads are also the server's.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
    -> Result
{
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}

@Suite(.serialized) struct SocketTests {
    @Test
    func `answers over a real socket, keeps the connection, and the same again after a restart`()
        async throws
    {
        let settings = OfflineModelServer.Settings(
            seed: 3, grammars: try shippedGrammars(), lexicons: try someLexicons(),
            bodyLimitBytes: 100_000)
        let body = chatBody(prompt("Task: positives", "Category: spam", "Count: 4")).bytes
        var replies: [[UInt8]] = []
        for _ in 0..<2 {
            let server = OfflineModelServer(settings)
            let port = try await server.start()
            #expect(port > 0)
            await #expect(throws: Fault.self) { try await server.start() }
            replies += try await onThread {
                var replies: [[UInt8]] = []
                let client = try RawClient(port: port)
                for _ in 0..<3 {
                    let reply = client.post("/v1/chat/completions", body)
                    #expect(reply.status == 200)
                    replies.append(reply.body)
                }
                #expect(client.post("/v1/nothing", []).status == 404)
                #expect(client.post("/v1/chat/completions", Array("{".utf8)).status == 400)
                let large = [UInt8](repeating: 32, count: 3_000_000)
                #expect(client.post("/v1/chat/completions", large).status == 413)
                // The connection is still in step after a body that was thrown away.
                #expect(client.post("/v1/chat/completions", body).body == replies[0])
                return replies
            }
            // Another server may take the port at once, so that connecting anew says nothing.
            let idle = try RawClient(port: port)
            await server.stop()
            await server.stop()
            let isClosed = idle.isClosed()
            #expect(isClosed)
        }
        #expect(Set(replies).count == 1)
        #expect(JSONValue.parsed(replies[0])?["usage"]?["total_tokens"]?.integer ?? 0 > 0)
    }

    @Test func `garbage instead of HTTP does not stop the server`() async throws {
        let server = OfflineModelServer(.init(seed: 1, grammars: try shippedGrammars()))
        let port = try await server.start()
        let status = try await onThread {
            for garbage in [
                "\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            ] {
                let client = try RawClient(port: port)
                client.send(Array(garbage.utf8))
                _ = client.reply()
            }
            let client = try RawClient(port: port)
            client.send(Array("GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            return client.reply().status
        }
        #expect(status == 200)
        await server.stop()
    }

    @Test func `a port that is taken is a fault that says so`() async throws {
        let grammars = try shippedGrammars()
        let first = OfflineModelServer(.init(seed: 1, grammars: grammars))
        let port = try await first.start()
        let second = OfflineModelServer(.init(seed: 1, grammars: grammars, port: port))
        let fault = await #expect(throws: Fault.self) { try await second.start() }
        #expect(fault?.kind == .configuration)
        await first.stop()
    }
}
