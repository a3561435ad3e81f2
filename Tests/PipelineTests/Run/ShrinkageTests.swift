import Foundation
import Records
import Testing

@testable import Pipeline

/// A release is not replaced by one that lost most of it.
struct ShrinkageTests {
    /// A pipeline of so many rows that publishes a split with so many rows of two categories.
    private func yaml(
        _ folder: TemporaryFolder, rows: Int, spam: Int = 40, threats: Int = 10,
        _ more: String = ""
    ) throws -> String {
        let lines = (0..<max(spam, threats)).map { index in
            let labels = [("spam", spam), ("threats", threats)].map {
                "\"\($0.0)\":\(index < $0.1 ? 1 : 0)"
            }
            return String(
                decoding: Record(id: "r\(index)", text: "text \(index)").json, as: UTF8.self
            ).replacing("\"labels\":{}", with: "\"labels\":{\(labels.joined(separator: ","))}")
        }
        let file = try folder.write(lines.joined(separator: "\n") + "\n", to: "split.jsonl")
        return "name: test\n\(more)stages: [{use: count, rows: \(rows)}, "
            + "{use: offer, file: '\(file)', as: train.jsonl}]\n"
    }

    private func releases(_ folder: TemporaryFolder) -> Releases {
        Workspace(root: folder.path, pipeline: "test").releases
    }

    @Test func `half of the rows may go, more is withheld with its reason, and asked for is given`()
        async throws
    {
        let folder = try TemporaryFolder()
        _ = try await run(try yaml(folder, rows: 100), in: folder)
        #expect(releases(folder).published?.categories == ["spam": 40, "threats": 10])
        let half = try await run(try yaml(folder, rows: 50), in: folder)
        #expect(half.exitCode == 0 && half.release != nil)
        let less = try await run(try yaml(folder, rows: 24), in: folder)
        #expect(less.exitCode == 1 && less.release == nil)
        let reason = try #require(less.reasons.first)
        #expect(reason.hasPrefix("failed: release: 24 rows after 50 in the release of "))
        #expect(reason.hasSuffix(": more than the 50 % of allow.shrink lost"))
        let withheld = try #require(releases(folder).withheld)
        #expect(withheld.reasons == less.reasons)
        #expect(withheld.because == ["it is much smaller than the release that stands"])
        #expect(releases(folder).published?.rows == 50)
        let asked = try await run(
            try yaml(folder, rows: 24), in: folder, options: { $0.publish = .always })
        #expect(asked.exitCode == 0 && releases(folder).published?.rows == 24)
    }

    @Test func `the share is a setting`() async throws {
        for (share, isPublished) in [("0", false), ("0.1", false), ("0.3", true), ("1", true)] {
            let folder = try TemporaryFolder()
            _ = try await run(try yaml(folder, rows: 100), in: folder)
            let report = try await run(
                try yaml(folder, rows: 75, "allow: {shrink: \(share)}\n"), in: folder)
            #expect((report.release != nil) == isPublished, "\(share)")
            #expect(report.exitCode == (isPublished ? 0 : 1))
        }
    }

    @Test func `a category counts once it has rows enough, also in a record of an older version`()
        async throws
    {
        for isOld in [false, true] {
            let folder = try TemporaryFolder()
            _ = try await run(try yaml(folder, rows: 100), in: folder)
            let releases = releases(folder)
            if isOld {
                var record = try #require(releases.published)
                record.categories = nil
                try JSONFile.encode(record, to: "\(releases.folder)/\(record.name).json")
            }
            let less = try await run(try yaml(folder, rows: 100, spam: 19, threats: 0), in: folder)
            #expect(less.exitCode == 1 && less.release == nil)
            #expect(
                less.reasons.first?.hasPrefix(
                    "failed: release: 19 rows of `spam` after 40 in the release of ") == true)
            // Ten rows are too few to tell loss from chance.
            let few = try await run(try yaml(folder, rows: 100, spam: 20, threats: 0), in: folder)
            #expect(few.exitCode == 0 && few.release != nil)
        }
    }

    @Test func `one that did not pass itself gives way to fewer rows`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(
            try yaml(folder, rows: 100, "allow: {refused: 0}\n"), in: folder)
        #expect(releases(folder).published?.passed == false)
        let less = try await run(try yaml(folder, rows: 20), in: folder)
        #expect(less.exitCode == 0 && less.release != nil)
    }

    @Test func `a partial release and an empty one have reasons of their own`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(try yaml(folder, rows: 100), in: folder)
        let partial = try await run(
            try yaml(folder, rows: 5, "run: {limit: 5}\n"), in: folder)
        #expect(partial.exitCode == 0 && partial.withheld.joined().contains("partial"))
        #expect(partial.reasons.isEmpty)
    }
}
