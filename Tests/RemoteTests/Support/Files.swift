import Glibc

/// Small files of the tests.
enum Files {
    struct NotWritten: Error {}

    static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(file) }
        guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw NotWritten()
        }
    }

    /// Empty where there is none.
    static func read(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = Glibc.read(file, &piece, piece.count), count > 0 {
            all += piece.prefix(count)
        }
        return all
    }

    /// Runs a program of the system, such as openssl, and waits for it.
    static func run(_ line: String) throws {
        guard system(line) == 0 else { throw NotWritten() }
    }
}
