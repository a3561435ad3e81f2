import Foundation
import Glibc
import Records
import Testing

@testable import Pipeline

struct ReleasesTests {
    /// A pipeline that publishes `text`.
    private func yaml(_ folder: TemporaryFolder, _ text: String, _ more: String = "") throws
        -> String
    {
        let file = try folder.write(text, to: "offer.txt")
        return "name: test\n\(more)stages: [count, thin, {use: offer, file: '\(file)'}]\n"
    }

    private func published(_ folder: TemporaryFolder) -> String? {
        try? TextFile.read("\(folder.path)/test/release/offer.txt")
    }

    private func workspace(_ folder: TemporaryFolder) -> Workspace {
        Workspace(root: folder.path, pipeline: "test")
    }

    /// A run that ends with exit code 1: a hundredth of the source's rows is none.
    private let strict = "allow: {refused: 0}\n"

    @Test func `a release is a dated folder, and release a link to it`() async throws {
        let folder = try TemporaryFolder()
        let report = try await run(try yaml(folder, "one"), in: folder)
        let releases = workspace(folder).releases
        let name = try #require(releases.publishedName)
        #expect(ReleaseRecord.isName(name) && releases.names == [name])
        #expect(report.release == "\(folder.path)/test/release")
        #expect(published(folder) == "one")
        let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: "\(folder.path)/test/release")
        #expect(target == "releases/\(name)", "it moves with the workspace")
        let record = try #require(releases.published)
        #expect(record.passed && record.rows == report.stages[2].counts.kept)
        // The same again is the same release.
        _ = try await run(try yaml(folder, "one"), in: folder)
        #expect(releases.names == [name])
        #expect(try await run(try yaml(folder, "one"), in: folder).stages.allSatisfy(\.isReused))
    }

    @Test func `the last few are kept, and the published one always`() async throws {
        let folder = try TemporaryFolder()
        for number in 0..<5 {
            _ = try await run(try yaml(folder, "\(number)", "release: {keep: 2}\n"), in: folder)
            #expect(published(folder) == "\(number)")
        }
        let releases = workspace(folder).releases
        #expect(releases.names.count == 2)
        #expect(releases.names.last == releases.publishedName)
        let records = FileSystem.names(in: releases.folder).filter { $0.hasSuffix(".json") }
        // Two of one second are in another order with the ending than without.
        #expect(Set(records) == Set(releases.names.map { "\($0).json" }))
        // What is not a release stays, whatever its name.
        _ = try folder.write("mine", to: "test/releases/notes.txt")
        _ = try await run(try yaml(folder, "last", "release: {keep: 1}\n"), in: folder)
        #expect(releases.names.count == 1)
        #expect(FileSystem.names(in: releases.folder).contains("notes.txt"))
    }

    @Test func `a good release gives way only to one as good, unless asked`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(try yaml(folder, "good"), in: folder)
        let overrides: [(String, [String], String)] = [
            ("failed", ["allow.refused=0", "stages.count.rows=200"], "exit code 1"),
            ("partial", ["run.limit=5"], "partial"),
            ("empty", ["stages.thin.share=1"], "no rows"),
        ]
        for (text, changes, words) in overrides {
            let report = try await run(try yaml(folder, text), in: folder, overrides: changes)
            #expect(published(folder) == "good", "\(text)")
            #expect(report.release == nil && report.released.isEmpty)
            #expect(report.withheld.joined().contains(words), "\(report.withheld)")
            #expect(report.olderRelease?.record?.passed == true)
            let withheld = try #require(workspace(folder).releases.withheld)
            #expect(withheld.because == report.withheld && withheld.reasons == report.reasons)
        }
        for (text, changes, _) in overrides {
            _ = try await run(
                try yaml(folder, text), in: folder, overrides: changes,
                options: { $0.publish = .always })
            #expect(published(folder) == text)
            #expect(workspace(folder).releases.withheld == nil)
        }
        _ = try await run(try yaml(folder, "good again"), in: folder)
        #expect(published(folder) == "good again")
    }

    @Test func `where no good one stands, a marked one may, but none without rows`() async throws {
        let folder = try TemporaryFolder()
        let none = try await run(
            try yaml(folder, "empty"), in: folder, overrides: ["stages.thin.share=1"])
        #expect(none.exitCode == 1 && published(folder) == nil)
        let first = try await run(
            try yaml(folder, "first", strict), in: folder, overrides: ["stages.count.rows=200"])
        #expect(first.exitCode == 1 && first.release != nil)
        #expect(published(folder) == "first")
        #expect(workspace(folder).releases.published?.reasons == first.reasons)
        let limited = try await run(try yaml(folder, "-n", "run: {limit: 5}\n"), in: folder)
        #expect(limited.exitCode == 0 && published(folder) == "first")
        _ = try await run(try yaml(folder, "second"), in: folder)
        #expect(published(folder) == "second")
        #expect(workspace(folder).releases.published?.passed == true)
    }

    @Test func `a release of an earlier version, a folder, is kept and moves among the others`()
        async throws
    {
        let folder = try TemporaryFolder()
        let old = "\(folder.path)/test/release"
        try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
        _ = try folder.write("old", to: "test/release/offer.txt")
        // Nobody knows whether it passed, so that it is not given up for one that did not.
        _ = try await run(
            try yaml(folder, "bad", strict), in: folder, overrides: ["stages.count.rows=200"])
        #expect(published(folder) == "old")
        _ = try await run(try yaml(folder, "new"), in: folder)
        #expect(published(folder) == "new")
        let releases = workspace(folder).releases
        #expect(releases.names.count == 2)
        let first = try #require(releases.names.first { $0 != releases.publishedName })
        #expect(try TextFile.read("\(releases.folder)/\(first)/offer.txt") == "old")
    }

    @Test func `the same files as in a release of an earlier version are that release`()
        async throws
    {
        let folder = try TemporaryFolder()
        _ = try await run(try yaml(folder, "one"), in: folder)
        let releases = workspace(folder).releases
        let name = try #require(releases.publishedName)
        let link = "\(folder.path)/test/release"
        unlink(link)
        try FileManager.default.moveItem(atPath: "\(releases.folder)/\(name)", toPath: link)
        try FileManager.default.removeItem(atPath: releases.folder)
        #expect(releases.publishedName == nil)
        let report = try await run(
            try yaml(folder, "one"), in: folder, overrides: ["run.limit=5"])
        #expect(report.release != nil && report.withheld.isEmpty)
        #expect(releases.published?.limit == 5)
    }

    @Test func `a crash between any two steps leaves a good release`() async throws {
        for isMigrated in [false, true] {
            var step = 0
            var isWhole = false
            while !isWhole {
                step += 1
                let folder = try TemporaryFolder()
                if isMigrated {
                    _ = try await run(try yaml(folder, "old"), in: folder)
                } else {
                    try FileManager.default.createDirectory(
                        atPath: "\(folder.path)/test/release", withIntermediateDirectories: true)
                    _ = try folder.write("old", to: "test/release/offer.txt")
                }
                let new = try folder.write("new", to: "new.txt")
                let file = PublishedFile(
                    name: "offer.txt", path: new, digest: try FileDigest.of(new).hex)
                let releases = workspace(folder).releases
                let record = ReleaseRecord(
                    name: releases.freeName(milliseconds: 1_000), tool: "test", run: 1, rows: 1,
                    limit: nil, reasons: [])
                let publisher = Publisher(releases, failing: .init(step: step))
                do {
                    _ = try publisher.publish([file], as: record)
                    isWhole = true
                } catch {}
                #expect(published(folder) == (isWhole ? "new" : "old"), "step \(step)")
                // The next run goes on as if nothing had been.
                _ = try await run(try yaml(folder, "next"), in: folder)
                #expect(published(folder) == "next", "step \(step)")
                let left = FileSystem.names(in: "\(folder.path)/test").filter {
                    $0.hasSuffix(".tmp") || $0.hasSuffix(".old")
                }
                #expect(left.isEmpty, "step \(step)")
            }
            #expect(step > 7)
        }
    }

    @Test func `a release that a hand has changed is made again`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(try yaml(folder, "one"), in: folder)
        let file = "\(folder.path)/test/release/offer.txt"
        unlink(file)
        _ = try folder.write("two", to: "test/release/offer.txt")
        _ = try await run(try yaml(folder, "one"), in: folder)
        #expect(published(folder) == "one")
    }

    @Test func `names of releases sort by time`() {
        #expect(ReleaseRecord.name(milliseconds: 1_796_027_872_000) == "2026-11-30T083752Z")
        #expect(ReleaseRecord.moment(of: "2026-11-30T083752Z-2") == "2026-11-30 08:37:52")
        for name in ["2026-11-30", "2026-11-30T083752", "x", "2026-11-30T083752Z-", "../T", ""] {
            #expect(!ReleaseRecord.isName(name))
        }
        #expect(ReleaseRecord.isName("2026-11-30T083752Z-12"))
    }
}
