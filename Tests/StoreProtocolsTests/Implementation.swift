import FoundationEssentials
import GRDB
import Glibc
import Records
import Store
import StoreProtocols
import Testing

/// An implementation of the stores: every law runs for each entry of ``Implementations/all``.
protocol Implementation: Sendable, CustomTestStringConvertible {
    var name: String { get }

    /// Opens the stores of a folder, making them where there are none.
    ///
    /// - Throws: `.stopped` while another process has them, where only one may.
    func open(_ folder: String) throws(Fault) -> OpenStores

    /// Everybody who tells what the open stores of a folder hold.
    func answers(_ opened: OpenStores, _ folder: String) throws(Fault) -> [any StoredAnswers]

    /// Spoils the vector of a text behind the stores' back, while these are closed.
    func spoil(_ text: SHA256.Digest, _ damage: Damage, _ folder: String) throws
}

/// What may happen to the bytes of a vector of two columns.
enum Damage: CaseIterable {
    case zeros, otherBits, cutShort
}

/// Stores, and what closes them.
struct OpenStores: Sendable {
    var stores: Stores
    var close: @Sendable () throws -> Void
}

enum Implementations {
    static let all: [any Implementation] = [SQLite()]

    static func named(_ name: String) throws -> any Implementation {
        try #require(all.first { $0.name == name })
    }
}

extension Implementation {
    var testDescription: String { name }

    /// Opens the stores as soon as nobody else has them, within a minute.
    func openWhenFree(_ folder: String) async throws -> OpenStores {
        for _ in 0..<6_000 {
            if let opened = try openIfFree(folder) { return opened }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try open(folder)
    }

    private func openIfFree(_ folder: String) throws(Fault) -> OpenStores? {
        do {
            return try open(folder)
        } catch {
            if error.kind == .stopped { return nil }
            throw error
        }
    }

    /// Gives `body` the open stores of a folder, and closes them.
    func opened<Value>(
        _ folder: TemporaryFolder, _ body: (OpenStores) async throws -> Value
    ) async throws -> Value {
        let opened = try open(folder.path)
        let value = try await body(opened)
        try opened.close()
        return value
    }
}

private struct SQLite: Implementation {
    let name = "SQLite"

    private func database(_ folder: String) -> String { folder + "/state.sqlite" }

    func open(_ folder: String) throws(Fault) -> OpenStores {
        let store = try WorkspaceStore(path: database(folder))
        return OpenStores(stores: store.stores) { try store.close() }
    }

    func answers(_ opened: OpenStores, _ folder: String) throws(Fault) -> [any StoredAnswers] {
        [opened.stores.answers, try WorkspaceAnswers(path: database(folder))]
    }

    func spoil(_ text: SHA256.Digest, _ damage: Damage, _ folder: String) throws {
        let change =
            switch damage {
            case .zeros: "zeroblob(8)"
            case .otherBits: "x'9a99193fcdcc4c3e'"
            case .cutShort: "substr(vector, 1, 3)"
            }
        let queue = try DatabaseQueue(path: database(folder))
        try queue.write { db in
            try db.execute(
                sql: "UPDATE vectors SET vector = \(change) WHERE text = ?",
                arguments: [Data(text.bytes)])
            #expect(db.changesCount == 1)
        }
        try queue.close()
    }
}

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var name = Array("\(parent)/curate-stores-XXXXXX".utf8CString)
        try #require(mkdtemp(&name) != nil)
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
