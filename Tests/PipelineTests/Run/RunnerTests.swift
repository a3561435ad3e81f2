import Foundation
import Pipeline
import Records
import Synchronization
import Testing

struct RunnerTests {
    private let yaml = """
        name: test
        run: {seed: 7}
        stages:
          - {use: count, rows: 5000}
          - use: thin
          - use: breed
          - {use: thin, name: again, share: 0.1}
        """

    @Test func `the same bytes come out for any number of threads and shards`() async throws {
        let one = try TemporaryFolder()
        let expected = try await run(yaml, in: one, jobs: 1).stages.map(content)
        for (jobs, shardRows) in [(2, 65_536), (3, 1_000), (8, 77)] {
            let folder = try TemporaryFolder()
            let report = try await run(
                yaml, in: folder, jobs: jobs, overrides: ["run.shard_rows=\(shardRows)"])
            #expect(try report.stages.map(content) == expected)
            let manifest = try #require(Manifest.read(folder: report.stages[0].folder))
            #expect(manifest.records.count == (4_950 + shardRows - 1) / shardRows)
        }
    }

    @Test func `every row is kept or refused, and every stage says so`() async throws {
        let folder = try TemporaryFolder()
        let report = try await run(yaml, in: folder)
        #expect(report.stages[0].counts.kept == 4_950)
        #expect(report.stages[0].counts.refusedByReason == ["odd_one_out": 50])
        for stage in report.stages { #expect(stage.counts.isConserved) }
        for (before, after) in zip(report.stages, report.stages.dropFirst()) {
            #expect(before.counts.kept == after.counts.input)
        }
        let bred = report.stages[2].counts
        #expect(bred.added == (bred.input + 2) / 3)
        // Added rows have no note; every kept row has its own line.
        let lines = try #require(try content(of: report.stages[2])["thin"]).split(separator: "\n")
        #expect(lines.count == bred.kept)
        #expect(lines.filter { $0 == "null" }.count == bred.added)
    }

    @Test func `a stage that loses a row fails the run`() async throws {
        let folder = try TemporaryFolder()
        await #expect {
            try await run("stages: [count, lossy]", in: folder)
        } throws: {
            ($0 as? Fault)?.kind == .defect
        }
    }

    @Test func `a second run reuses everything, a changed setting only what comes after`()
        async throws
    {
        let folder = try TemporaryFolder()
        _ = try await run(yaml, in: folder)
        #expect(try await run(yaml, in: folder, jobs: 1).stages.allSatisfy(\.isReused))
        let changed = try await run(yaml, in: folder, overrides: ["stages.again.share=0.2"])
        #expect(changed.stages.map(\.isReused) == [true, true, true, false])
        let forced = try await run(yaml, in: folder, options: { $0.from = "breed" })
        #expect(forced.stages.map(\.isReused) == [true, true, false, false])
        let never = try await run(yaml, in: folder, options: { $0.resume = .never })
        #expect(never.stages.map(\.isReused) == [false, false, false, false])
    }

    @Test func `a stage that runs again with equal rows makes nothing after it run again`()
        async throws
    {
        let folder = try TemporaryFolder()
        let first = try await run(yaml, in: folder)
        try FileManager.default.removeItem(
            atPath: "\(first.stages[1].folder)/manifest.json")
        #expect(
            try await run(yaml, in: folder).stages.map(\.isReused) == [true, false, true, true])
    }

    @Test func `a folder that lost a file is made again`() async throws {
        let folder = try TemporaryFolder()
        let first = try await run(yaml, in: folder)
        try FileManager.default.removeItem(atPath: "\(first.stages[3].folder)/refused.jsonl")
        #expect(
            try await run(yaml, in: folder).stages.map(\.isReused) == [true, true, true, false])
    }

    @Test
    func `what stopped before the end says whether the release of an earlier run still holds`()
        async throws
    {
        let folder = try TemporaryFolder()
        let file = try folder.write("one", to: "offer.txt")
        let yaml = "name: test\nstages: [count, thin, {use: offer, file: '\(file)'}]"
        let none = try await run(yaml, in: folder, options: { $0.to = "thin" })
        #expect(none.release == nil && none.olderRelease == nil)
        let whole = try await run(yaml, in: folder)
        #expect(whole.release != nil && whole.olderRelease == nil)
        func outdated(_ overrides: [String] = []) async throws -> [String: StagePreview.State] {
            let report = try await run(
                yaml, in: folder, overrides: overrides, options: { $0.to = "count" })
            let older = try #require(report.olderRelease)
            #expect(report.release == nil && older.folder == whole.release)
            return Dictionary(uniqueKeysWithValues: older.outdated.map { ($0.stage, $0.state) })
        }
        #expect(try await outdated().isEmpty)
        let other = try await outdated(["stages.thin.share=0.2"])
        #expect(other == ["thin": .stale(["share: 0.5 → 0.2"]), "offer": .waiting])
        _ = try folder.write("two", to: "offer.txt")
        #expect(try await outdated() == ["offer": .stale(["input \(file)"])])
        // Nothing that is done needs the file: it is no reason for the run to fail.
        try FileManager.default.removeItem(atPath: file)
        #expect(try await Set(outdated().keys) == ["thin", "offer"])
    }

    @Test func `resuming always refuses another recipe`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(yaml, in: folder)
        await #expect(throws: Fault.self) {
            try await run(
                yaml, in: folder, overrides: ["stages.thin.share=0.2"],
                options: { $0.resume = .always })
        }
    }

    @Test func `a record is explained from its first stage to its last`() async throws {
        let folder = try TemporaryFolder()
        _ = try await run(yaml, in: folder)
        let workspace = Workspace(root: folder.path, pipeline: "test")
        var refused = 0
        for number in 0..<20 {
            let explanation = try Explanation.of("r\(number)", in: workspace)
            #expect(explanation.steps.first?.stage == "count")
            for step in explanation.steps.dropLast() { #expect(step.record != nil) }
            if let refusal = explanation.steps.last?.refusal {
                refused += 1
                #expect(String(decoding: refusal, as: UTF8.self).contains("thinned"))
            }
        }
        #expect(refused > 0)
        #expect(throws: Fault.self) { try Explanation.of("nobody", in: workspace) }
    }

    @Test func `an empty dataset goes through every stage`() async throws {
        let folder = try TemporaryFolder()
        let report = try await run(yaml, in: folder, overrides: ["stages.count.rows=0"])
        #expect(report.stages.allSatisfy { $0.counts.kept == 0 && $0.counts.isConserved })
    }

    @Test func `stopped at any moment and resumed, a run gives the same bytes`() async throws {
        let small = yaml.replacingOccurrences(of: "5000", with: "1500")
        let whole = try TemporaryFolder()
        let events = Mutex(0)
        let expected = try await run(
            small, in: whole, jobs: 1, observe: { _ in events.withLock { $0 += 1 } }
        ).stages.map(content)
        let total = events.withLock { $0 }
        #expect(total > 10)
        for moment in stride(from: 1, to: total, by: 2) {
            let folder = try TemporaryFolder()
            let stop = StopFlag()
            let seen = Mutex(0)
            do {
                _ = try await run(
                    small, in: folder, jobs: 2, stop: stop,
                    observe: { _ in
                        let now = seen.withLock { count in
                            count += 1
                            return count
                        }
                        if now == moment { stop.stop(because: "the test says so") }
                    })
            } catch {
                #expect((error as? Fault)?.kind == .stopped)
            }
            #expect(try await run(small, in: folder).stages.map(content) == expected)
        }
    }
}
