import Glibc

/// A socket on a free port of the loopback, listening or only holding the port.
///
/// No child process inherits it: another test's server would keep the port taken, or a
/// connection open that this one has closed.
struct Loopback {
    let descriptor: Int32
    let port: UInt16

    struct NoSocket: Error {}

    /// - Parameter backlog: Connections that wait until they are accepted; nil for a socket that
    ///   does not listen.
    init(backlog: Int32? = nil) throws {
        descriptor = try Self.open()
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound, backlog.map({ listen(descriptor, $0) == 0 }) ?? true else {
            close(descriptor)
            throw NoSocket()
        }
    }

    /// A port that nobody held a moment ago.
    static func freePort() throws -> UInt16 {
        let socket = try Loopback()
        close(socket.descriptor)
        return socket.port
    }

    /// The next connection, which no child process inherits either; negative once the listener is
    /// shut down.
    func accept() -> Int32 {
        let connection = Glibc.accept(descriptor, nil, nil)
        if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
        return connection
    }

    /// Begins a connection and does not wait for it; the caller closes the socket.
    func beginConnection() throws -> Int32 {
        let descriptor = try Self.open(SOCK_NONBLOCK)
        _ = Self.connect(descriptor, port)
        return descriptor
    }

    static func connects(to port: UInt16) -> Bool {
        guard let descriptor = try? open() else { return false }
        defer { close(descriptor) }
        return connect(descriptor, port)
    }

    private static func open(_ flag: __socket_type? = nil) throws -> Int32 {
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (flag?.rawValue ?? 0)
        let descriptor = socket(AF_INET, Int32(flags), 0)
        guard descriptor >= 0 else { throw NoSocket() }
        return descriptor
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func connect(_ descriptor: Int32, _ port: UInt16) -> Bool {
        var address = address(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
