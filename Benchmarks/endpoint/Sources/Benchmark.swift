internal import Glibc
internal import Records
internal import Remote
internal import Store
internal import Synchronization

/// Asks one labelling question a row through the public client, and prints what that cost.
///
/// Everything a real run has is on: the durable ledger, the pace, the reading of the reply, the
/// check of the answer against the schema. Prints one line of JSON.
@main struct Benchmark {
    static func main() async {
        let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
        do throws(Fault) {
            try await run(arguments)
        } catch {
            say("endpoint-benchmark: \(error)")
            exit(error.kind == .stopped ? 75 : 70)
        }
    }

    nonisolated static func run(_ arguments: Arguments) async throws(Fault) {
        let store = try WorkspaceStore(path: arguments.workspace + "/curate.sqlite")
        let connection = try Connection(arguments.endpoint, ledger: store.ledger)
        stopOnTerminate(connection)
        let client = ChatClient(connection)
        let rows = Rows(first: arguments.firstRow, count: arguments.calls)
        let before = Usage.now()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<min(arguments.inFlight, arguments.calls) {
                group.addTask { await work(client, rows, connection, arguments) }
            }
        }
        let used = Usage.now().since(before)
        print(used.line(connection.counters, arguments))
        if let fault = rows.fault { throw fault }
        if let output = arguments.output { try rows.write(to: output) }
        try store.close()
    }

    /// One of as many workers as there are calls in flight.
    private static func work(
        _ client: ChatClient, _ rows: Rows, _ connection: Connection, _ arguments: Arguments
    ) async {
        while let row = rows.next() {
            do throws(Fault) {
                let (reply, value) = try await client.completeJSON(
                    Question.about(row), validate: Question.check)
                if arguments.output != nil {
                    rows.keep("\(reply.key.hex)\t\(value ?? "-")", for: row)
                }
            } catch {
                rows.fail(error)
                connection.stop(error)
            }
        }
    }

    private static let isTold = Atomic(false)

    /// On SIGTERM nothing more is asked; what is in flight is finished and kept.
    private nonisolated static func stopOnTerminate(_ connection: Connection) {
        // Made before the handler may run, which must not wait for anything.
        isTold.store(false, ordering: .relaxed)
        signal(SIGTERM) { _ in Benchmark.isTold.store(true, ordering: .relaxed) }
        Task.detached {
            while !isTold.load(ordering: .relaxed) {
                try? await Task.sleep(for: .milliseconds(100))
            }
            connection.stop()
        }
    }
}

/// The rows of a run and their answers, shared by the workers.
final class Rows: Sendable {
    private struct State {
        var next: Int
        var answers: [String?]
        var fault: Fault?
    }

    private let first: Int
    private let state: Mutex<State>

    init(first: Int, count: Int) {
        self.first = first
        state = Mutex(State(next: 0, answers: Array(repeating: nil, count: count)))
    }

    /// The first thing that went wrong.
    var fault: Fault? { state.withLock { $0.fault } }

    func next() -> Int? {
        state.withLock { state in
            guard state.fault == nil, state.next < state.answers.count else { return nil }
            defer { state.next += 1 }
            return first + state.next
        }
    }

    func keep(_ answer: String, for row: Int) {
        state.withLock { $0.answers[row - first] = answer }
    }

    func fail(_ fault: Fault) { state.withLock { $0.fault = $0.fault ?? fault } }

    func write(to path: String) throws(Fault) {
        var bytes: [UInt8] = []
        state.withLock { state in
            for (index, answer) in state.answers.enumerated() {
                bytes += "\(first + index)\t\(answer ?? "missing")\n".utf8
            }
        }
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw Fault(.configuration, "the answers cannot be written", at: .file(path))
        }
    }
}
