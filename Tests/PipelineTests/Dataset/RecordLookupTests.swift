import Foundation
import Records
import Testing

@testable import Pipeline

struct RecordLookupTests {
    private static let yaml = """
        name: lookup
        run: {shard_rows: 10}
        stages: [{use: count, rows: 2000}]
        """

    /// The addresses of all rows, by the lines of the shards.
    private static func addresses(_ dataset: Dataset) throws -> [RowAddress] {
        var addresses: [RowAddress] = []
        for (shard, file) in dataset.manifest.records.enumerated() {
            let data = try #require(
                FileManager.default.contents(atPath: "\(dataset.folder)/\(file.path)"))
            var offset = 0
            for line in data.split(separator: 10) {
                addresses.append(
                    RowAddress(
                        shard: Int32(shard), length: Int32(line.count), offset: Int64(offset)))
                offset += line.count + 1
            }
        }
        return addresses
    }

    /// The files of a folder that this process has open.
    private static func openFiles(in folder: String) throws -> Int {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return names.count { name in
            let path = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(name)")
            return path?.hasPrefix(folder) ?? false
        }
    }

    @Test func `many threads find each row in any order, and few files stay open`() async throws {
        let folder = try TemporaryFolder()
        let report = try await run(Self.yaml, in: folder)
        let dataset = try Dataset.open(folder: try #require(report.stages.first).folder)
        let addresses = try Self.addresses(dataset)
        #expect(dataset.manifest.shards.count > 150 && addresses.count == dataset.rows)
        var expected: [String] = []
        try dataset.forEachRecord { record in expected.append(record.id) }
        var lookup: RecordLookup? = RecordLookup(dataset)
        try await withThrowingTaskGroup(of: Void.self) { [expected, lookup] group in
            for seed in 0..<8 {
                group.addTask {
                    var draws = CounterRNG(seed: UInt64(seed), purpose: "lookup", id: "rows")
                    for _ in 0..<500 {
                        let row = draws.below(addresses.count)
                        let found = try lookup?.record(at: addresses[row])
                        #expect(found?.id == expected[row])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect((1...64).contains(try Self.openFiles(in: dataset.folder)))
        lookup = nil
        #expect(try Self.openFiles(in: dataset.folder) == 0)
    }

    @Test func `a row behind the end of its file is a fault with the file's name`() async throws {
        let folder = try TemporaryFolder()
        let report = try await run(Self.yaml, in: folder)
        let dataset = try Dataset.open(folder: try #require(report.stages.first).folder)
        let lookup = RecordLookup(dataset)
        let file = "\(dataset.folder)/\(dataset.manifest.records[3].path)"
        do {
            _ = try lookup.record(at: RowAddress(shard: 3, length: 50, offset: 1_000_000))
            Issue.record("the row was read")
        } catch {
            #expect(error.kind == .badData && error.place == .file(file))
        }
        try FileManager.default.removeItem(atPath: "\(dataset.folder)/records")
        #expect(throws: Fault.self) {
            try lookup.record(at: RowAddress(shard: 4, length: 10, offset: 0))
        }
    }
}
