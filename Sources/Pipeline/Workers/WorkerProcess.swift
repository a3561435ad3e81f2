internal import Dispatch
internal import Glibc
internal import Records
internal import StoreProtocols
internal import Synchronization

/// A worker as seen by the process that started it.
final class WorkerProcess: Sendable {
    private let channel: WorkerChannel
    private let process: pid_t
    /// Waiting for an answer blocks a thread, which must not be one of Swift's few.
    private let queue: DispatchQueue
    private let isGone = Mutex(false)

    /// Starts `command` with a channel as its standard input and output.
    ///
    /// - Throws: `configuration` when it cannot be started.
    init(_ command: [String], _ setup: WorkerSetup) throws(Fault) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw Self.failure("make a channel to a worker")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var started = pid_t()
        let code = posix_spawn(&started, command[0], &actions, nil, &arguments, environ)
        Glibc.close(ends[1])
        guard code == 0 else {
            Glibc.close(ends[0])
            errno = code
            throw Self.failure("start a worker")
        }
        process = started
        channel = WorkerChannel(input: ends[0], output: ends[0])
        queue = DispatchQueue(label: "worker \(started)")
        do throws(Fault) {
            try channel.send(setup.portableBytes)
        } catch {
            _ = reap()
            throw error
        }
    }

    private static func failure(_ what: String) -> Fault {
        Fault(
            .configuration, "the system cannot \(what)", why: String(cString: strerror(errno)),
            hint: "fewer `--workers` need less")
    }

    /// Has a task done, and does what the worker asks of `vectors` meanwhile; nil when the worker
    /// has died.
    func perform(_ task: WorkerTask, _ vectors: any VectorStore) async -> WorkerReply? {
        var message = task.portableBytes
        while true {
            switch await exchange(message) {
            case .reply(let reply): return reply
            case .call(let call, let model):
                message = await call.perform(on: vectors, model: model).portableBytes
            case nil: return nil
            }
        }
    }

    /// Sends a message and waits for the next one; nil when the worker has died.
    private func exchange(_ message: [UInt8]) async -> WorkerMessage? {
        await withCheckedContinuation { continuation in
            queue.async { [channel] in
                let reply = try? {
                    () throws(Fault) -> WorkerMessage? in
                    try channel.send(message)
                    guard let bytes = try channel.receive() else { return nil }
                    return try WorkerMessage(portableBytes: bytes)
                }()
                continuation.resume(returning: reply ?? nil)
            }
        }
    }

    /// Ends the process at once; what it was writing nobody finds.
    func kill() {
        let wasGone = isGone.withLock { gone in
            defer { gone = true }
            return gone
        }
        if !wasGone { Glibc.kill(process, SIGKILL) }
    }

    /// Takes the dead process out of the system's table and says how it ended; after ``kill()`` or
    /// its death, once.
    func reap() -> String {
        kill()
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        channel.close()
        let signal = status & 0x7f
        return signal == 0 ? "exit code \(status >> 8 & 0xff)" : "signal \(signal)"
    }
}
