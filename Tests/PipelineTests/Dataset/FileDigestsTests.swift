import Foundation
import Records
import Testing

@testable import Pipeline

struct FileDigestsTests {
    private let later = Int(Date().timeIntervalSince1970) + 60

    @Test func `a settled file is read once, and again as soon as it changes`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("first", to: "a.txt")
        let digests = FileDigests()
        #expect(try digests.digest(of: path, now: later) == SHA256.hash("first"))
        #expect(digests.count == 1)
        #expect(try digests.digest(of: path, now: later) == SHA256.hash("first"))
        #expect(digests.count == 1)
        // As long, in the same file, by its name and in place.
        usleep(20_000)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data("other".utf8))
        try handle.close()
        #expect(try digests.digest(of: path, now: later) == SHA256.hash("other"))
        _ = try folder.write("third", to: "a.txt")
        #expect(try digests.digest(of: path, now: later) == SHA256.hash("third"))
        #expect(digests.count == 3)
    }

    @Test func `a file that was just written is read each time`() throws {
        let folder = try TemporaryFolder()
        let digests = FileDigests()
        for round in 0..<50 {
            let path = try folder.write("round \(round % 10)", to: "a.txt")
            #expect(try digests.digest(of: path) == SHA256.hash("round \(round % 10)"))
        }
        #expect(digests.count == 0)
        #expect(throws: Fault.self) { try digests.digest(of: folder.path + "/none.txt") }
        #expect(throws: Fault.self) { try digests.digest(of: folder.path) }
    }
}
