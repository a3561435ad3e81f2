import Foundation
import Glibc
import Records
import Testing

@testable import Pipeline

/// Files of finished stages that a disk, a copy or a hand has changed.
struct DamageTests {
    private func yaml(_ file: String) -> String {
        """
        name: test
        run: {seed: 7}
        stages:
          - {use: count, rows: 500}
          - {use: thin, share: 0.3}
          - {use: breed}
          - {use: thin, name: again, share: 0.2}
          - {use: offer, file: '\(file)'}
        """
    }

    /// All files of a pipeline's folder by name, those that hold times aside.
    private func files(_ folder: TemporaryFolder) throws -> [String: Data] {
        var found: [String: Data] = [:]
        let root = "\(folder.path)/test"
        for stage in FileSystem.names(in: root) where stage.first?.isNumber == true {
            for name in FileSystem.names(in: "\(root)/\(stage)") + ["records/00000.jsonl"]
            where name != "stats.json" && name != "records" {
                let path = "\(root)/\(stage)/\(name)"
                found["\(stage)/\(name)"] = try Data(contentsOf: URL(fileURLWithPath: path))
            }
        }
        return found
    }

    /// Changes one bit in the middle of a file, as a new file or in place; in place the times can
    /// be put back, as if the disk had done it.
    private func damage(_ path: String, inPlace: Bool) throws {
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count / 2] ^= 1
        if !inPlace { unlink(path) }
        let file = open(path, O_WRONLY | O_CREAT, 0o644)
        try #require(file >= 0)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
    }

    @Test(arguments: [true, false])
    func `a changed byte of any file of any stage is found, told and made again`(
        inPlace: Bool
    ) async throws {
        let folder = try TemporaryFolder()
        let offer = try folder.write("an offer", to: "offer.txt")
        _ = try await run(yaml(offer), in: folder)
        let whole = try files(folder)
        #expect(whole.count == 20)
        for name in whole.keys.sorted() where whole[name]?.isEmpty == false {
            let sharing = inPlace ? try names(of: name, among: Array(whole.keys), folder) : [name]
            try damage("\(folder.path)/test/\(name)", inPlace: inPlace)
            let report = try await run(yaml(offer), in: folder)
            #expect(try files(folder) == whole, "\(name)")
            let again = report.stages.filter { !$0.isReused }
            #expect(again.count == sharing.count, "\(name)")
            for (stage, name) in zip(again, sharing) {
                #expect(name.hasSuffix(stage.stage + name.drop { $0 != "/" }))
                let file = name.drop { $0 != "/" }.dropFirst()
                #expect(
                    stage.notes.last
                        == "\(file) was not what had been written; the stage was done again")
            }
            #expect(try releaseIsSound(folder), "\(name)")
            #expect(try await run(yaml(offer), in: folder).stages.allSatisfy(\.isReused))
        }
    }

    /// All names of a file, in order: a stage's file that is like its input's is a link to it.
    private func names(
        of name: String, among all: [String], _ folder: TemporaryFolder
    ) throws -> [String] {
        func inode(_ name: String) throws -> Int {
            var status = stat()
            try #require(stat("\(folder.path)/test/\(name)", &status) == 0)
            return Int(status.st_ino)
        }
        let wanted = try inode(name)
        return try all.filter { try inode($0) == wanted }.sorted()
    }

    private func releaseIsSound(_ folder: TemporaryFolder) throws -> Bool {
        let release = "\(folder.path)/test/release"
        let sums = try String(contentsOfFile: "\(release)/SHA256SUMS", encoding: .utf8)
        return try sums.split(separator: "\n").allSatisfy { line in
            let parts = line.split(separator: " ")
            return try FileDigest.of("\(release)/\(parts[1])").hex == parts[0]
        }
    }

    /// What a disk does by itself changes no time: the recorded stamp is made to say so.
    private func hide(_ folder: String) throws {
        var statistics = try #require(StageStatistics.read(folder: folder))
        let manifest = try #require(Manifest.read(folder: folder))
        statistics.stamps = FolderCheck.stamps(folder: folder, manifest)
        try statistics.write(folder: folder)
    }

    @Test func `bytes that a disk changed by itself are found where a stage reads them`()
        async throws
    {
        let folder = try TemporaryFolder()
        let offer = try folder.write("an offer", to: "offer.txt")
        let whole = try await run(yaml(offer), in: folder)
        let expected = try whole.stages.map(content)
        let thin = "\(folder.path)/test/02-thin"
        for name in ["records/00000.jsonl", "thin.jsonl"] {
            try damage("\(thin)/\(name)", inPlace: true)
            try hide(thin)
            // `breed` runs again, and what it would read is looked at first.
            let report = try await run(yaml(offer), in: folder, options: { $0.from = "breed" })
            #expect(report.stages.map(\.isReused) == [true, false, false, false, false])
            #expect(report.stages[1].notes.last?.hasPrefix(name) == true)
            #expect(try report.stages.map(content) == expected)
        }
    }

    @Test func `bytes that a disk changed by itself are found before they are published`()
        async throws
    {
        let folder = try TemporaryFolder()
        let offer = try folder.write("an offer", to: "offer.txt")
        _ = try await run(yaml(offer), in: folder)
        let stage = "\(folder.path)/test/05-offer"
        try damage("\(stage)/offer.txt", inPlace: true)
        try hide(stage)
        let report = try await run(yaml(offer), in: folder)
        #expect(report.stages.map(\.isReused) == [true, true, true, true, false])
        #expect(try releaseIsSound(folder))
    }

    @Test func `a manifest or statistics that cannot be read are no reason to fail`() async throws {
        let folder = try TemporaryFolder()
        let offer = try folder.write("an offer", to: "offer.txt")
        _ = try await run(yaml(offer), in: folder)
        let whole = try files(folder)
        let stage = "\(folder.path)/test/03-breed"
        for text in ["", "{", "[]", "{\"kept\":1e999}"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(stage)/manifest.json"))
            let report = try await run(yaml(offer), in: folder)
            #expect(report.stages.map(\.isReused) == [true, true, false, true, true])
            #expect(report.stages[2].notes.last?.hasPrefix("manifest.json was not") == true)
            #expect(try files(folder) == whole)
            // Without statistics the files are read, and found as they were.
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(stage)/stats.json"))
            #expect(try await run(yaml(offer), in: folder).stages.allSatisfy(\.isReused))
        }
    }

    @Test func `what a killed run left half written goes with the next run`() async throws {
        let folder = try TemporaryFolder()
        let offer = try folder.write("an offer", to: "offer.txt")
        _ = try await run(yaml(offer), in: folder)
        let whole = try files(folder)
        let left = [
            "01-count/stats.json.tmp-77", "settings.resolved.yaml.tmp-8", "releases/a.tmp-9",
        ]
        for name in left { _ = try folder.write("half", to: "test/\(name)") }
        let others = ["01-count/mine.tmp-x", "notes.tmp-"]
        for name in others { _ = try folder.write("a user's", to: "test/\(name)") }
        _ = try await run(yaml(offer), in: folder)
        #expect(left.allSatisfy { !Paths.exists("\(folder.path)/test/\($0)") })
        #expect(others.allSatisfy { Paths.exists("\(folder.path)/test/\($0)") })
        #expect(try files(folder).filter { whole[$0.key] != nil } == whole)
    }

    @Test func `what stands behind a link is never written or removed`() async throws {
        let folder = try TemporaryFolder()
        let others = try TemporaryFolder()
        let thesis = try others.write("years of work", to: "thesis.txt")
        _ = try others.write("{}", to: "manifest.json")
        let offer = try folder.write("an offer", to: "offer.txt")
        let root = "\(folder.path)/test"
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        for name in ["01-count", "02-thin", "release"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/\(name)", withDestinationPath: others.path)
        }
        let report = try await run(yaml(offer), in: folder)
        #expect(report.exitCode == 0)
        #expect(FileSystem.names(in: others.path) == ["manifest.json", "thesis.txt"])
        #expect(try TextFile.read(thesis) == "years of work")
        #expect(!FileSystem.isLink("\(root)/01-count"))
        // A whole pipeline's folder elsewhere is refused, and said.
        try FileManager.default.removeItem(atPath: root)
        try FileManager.default.createSymbolicLink(
            atPath: root, withDestinationPath: others.path)
        await #expect {
            try await run(yaml(offer), in: folder)
        } throws: {
            ($0 as? Fault)?.kind == .configuration
        }
        #expect(FileSystem.names(in: others.path) == ["manifest.json", "thesis.txt"])
    }
}
