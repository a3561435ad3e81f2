import Foundation
import Glibc
import Pipeline
import Records
import Testing

/// A file system in memory of a given size: what a disk without room looks like.
private final class SmallDisk {
    let path: String

    init(kilobytes: Int) throws {
        path = NSTemporaryDirectory() + "curate-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let result = mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k")
        try #require(result == 0)
    }

    func grow(toKilobytes kilobytes: Int) throws {
        let result = mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kilobytes)k")
        try #require(result == 0)
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Mounting needs root and a kernel that lets it; a container often has neither.
    static var isPossible: Bool {
        guard let disk = try? SmallDisk(kilobytes: 64) else { return false }
        return FileManager.default.fileExists(atPath: disk.path)
    }
}

// Skipped where the process may not mount a tmpfs.
@Suite(.enabled(if: SmallDisk.isPossible))
struct FullDiskTests {
    @Test func `a full disk stops the run, and with room it goes on to the same bytes`()
        async throws
    {
        let yaml = "name: test\nstages: [{use: count, rows: 10000}, thin, breed]"
        let whole = try TemporaryFolder()
        let expected = try await run(yaml, in: whole).stages.map(content)

        let disk = try SmallDisk(kilobytes: 3_500)
        let folder = TemporaryFolder(at: disk.path)
        await #expect {
            try await run(yaml, in: folder)
        } throws: {
            ($0 as? Fault)?.kind == .stopped
        }
        try disk.grow(toKilobytes: 100_000)
        let resumed = try await run(yaml, in: folder)
        #expect(try resumed.stages.map(content) == expected)
        #expect(resumed.stages[0].isReused)
        let leftovers = try FileManager.default.subpathsOfDirectory(atPath: disk.path)
            .filter { $0.contains(".tmp-") }
        #expect(leftovers.isEmpty)
    }
}
