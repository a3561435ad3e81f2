import Foundation
import Glibc
import Synchronization
import Testing

@testable import Commands
@testable import program_with_test_stages

/// A folder of its own for one test, removed when the test ends.
final class TestFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "curate-commands-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Twelve records of 5 to 30 bytes and one line that is none, and a pipeline over them.
    func writePipeline(extra: String = "") throws -> String {
        let rows = (0..<12).map { index in
            #"{"id":"r\#(index)","text":"\#(String(repeating: "word ", count: index % 6 + 1))","#
                + #""labels":{"spam":\#(index % 2)},"provenance":{},"metadata":{}}"#
        }
        try write(rows.joined(separator: "\n") + "\nno record\n", to: "rows.jsonl")
        return try write(
            """
            name: small
            sources: [{path: rows.jsonl}]
            stages:
              - read
              - use: shorten
                bytes: 20
              - double
            \(extra)  - judge
            """, to: "small.yaml")
    }
}

/// What a command said and how it ended; the test folder's path is written as FOLDER.
struct Said {
    var code: Int32
    var out: String
    var err: String
}

/// Runs a command line in this process, with the test stages.
func curate(
    _ arguments: String..., called name: String = "curate", in folder: TestFolder
) async -> Said {
    await curate(arguments, called: name, in: folder)
}

func curate(
    _ arguments: [String], called name: String = "curate", in folder: TestFolder
) async -> Said {
    let (out, err) = (Box(), Box())
    let console = Console(out: out.append, err: err.append)
    let program = Program(catalogue: testCatalogue, console: console)
    let code = await program.run([name] + arguments)
    return Said(
        code: code, out: out.text.replacing(folder.path, with: "FOLDER"),
        err: err.text.replacing(folder.path, with: "FOLDER"))
}

/// Keeps what is written to it.
final class Box: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func append(_ more: [UInt8]) -> Int32 {
        bytes.withLock { $0 += more }
        return 0
    }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}

/// How a process ended.
///
/// A thread of its own waits for it at once: a dead child that nobody has waited for keeps Swift
/// Testing from hearing of the end of any other, in whatever test.
private final class End: Sendable {
    private let condition = NSCondition()
    private let found = Mutex<Int32??>(nil)

    func await(_ pid: pid_t) {
        var status: Int32 = 0
        let isFound = waitpid(pid, &status, 0) == pid
        condition.withLock {
            found.withLock { $0 = .some(isFound ? status : nil) }
            condition.broadcast()
        }
    }

    /// As waitpid gives it; nil when there was no such child.
    func status() -> Int32? {
        condition.withLock {
            while true {
                if let status = found.withLock({ $0 }) { return status }
                condition.wait()
            }
        }
    }
}

/// The program as a process of its own, standard output and error in files.
struct Child {
    let pid: pid_t
    let folder: TestFolder
    private let name: String
    private let end = End()

    /// The program with the test stages, where the build put it.
    static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/debug/program-with-test-stages").path

    static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// - Parameter out: Another file for standard output.
    init(
        _ arguments: [String], program: String = Child.program, in folder: TestFolder,
        name: String = "child", input: String = "/dev/null", out: String? = nil
    ) throws {
        self.folder = folder
        self.name = name
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, out ?? "\(folder.path)/\(name).out", create, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder.path)/\(name).err", create, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        try #require(posix_spawn(&child, program, &actions, nil, words, environ) == 0)
        pid = child
        let (started, end) = (pid, end)
        Thread.detachNewThread { end.await(started) }
    }

    /// Waits for its end; a death by signal is minus the signal's number.
    func wait() throws -> Said {
        let status = try #require(end.status())
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        return Said(code: code, out: text("out"), err: text("err"))
    }

    func text(_ kind: String) -> String {
        let data = FileManager.default.contents(atPath: "\(folder.path)/\(name).\(kind)")
        return String(decoding: data ?? Data(), as: UTF8.self)
            .replacing(folder.path, with: "FOLDER")
    }
}

/// Waits until something holds, at most 20 seconds.
///
/// Holds its thread: a task that sleeps gets its turn again only when no other test keeps the few
/// threads busy, which is too late to catch a process at its work.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<2_000 {
        if condition() { return true }
        usleep(10_000)
    }
    return false
}
