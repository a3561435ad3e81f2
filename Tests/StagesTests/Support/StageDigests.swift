import Foundation
import LawChecks
import Pipeline
import Records

/// What a stage left, small enough to be committed: counts, gates and notes as they are, files as
/// digests.
struct StageDigests: Codable, Equatable {
    private(set) var counts = Manifest.Counts()
    private(set) var gates: [Manifest.Gate] = []
    private(set) var notes: [String] = []
    private(set) var published: [String] = []
    /// By name, as ``StageContent`` has them.
    private(set) var files: [String: String] = [:]
    /// The files that depend on the kernels that the encoder took, by these kernels.
    private(set) var filesByKernels: [String: [String: String]] = [:]

    /// Nothing at all where there is no such file yet.
    init(contentsOf file: URL) {
        guard let data = try? Data(contentsOf: file),
            let digests = try? JSONDecoder().decode(StageDigests.self, from: data)
        else { return }
        self = digests
    }

    init(_ content: StageContent) {
        let manifest = content.manifest
        (counts, gates, published) = (manifest.counts, manifest.gates, manifest.published)
        var kernels: String?
        for note in manifest.notes {
            let parts = note.components(separatedBy: ", computed by ")
            notes.append(parts[0])
            if parts.count > 1 { kernels = parts[1] }
        }
        // A table's bytes are those of the Zstandard that is installed; its rows are those of the
        // JSON lines beside it.
        for (name, data) in content.files where !name.hasSuffix(".parquet") {
            let digest = SHA256.hash(Self.withoutTableSizes(data, name)).hex
            if name == Sidecar.embeddings, let kernels {
                filesByKernels[kernels] = [name: digest]
            } else {
                files[name] = digest
            }
        }
    }

    /// The file without the line of a dataset card that says how large the tables are.
    private static func withoutTableSizes(_ data: Data, _ name: String) -> [UInt8] {
        if name != "README.md" { return Array(data) }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return Array(lines.filter { !$0.hasPrefix("  download_size:") }.joined().utf8)
    }

    /// Names of what differs from the digests that are known.
    func differences(from known: StageDigests) -> [String] {
        var found = Self.differences(files, known.files)
        for (kernels, files) in filesByKernels {
            guard let known = known.filesByKernels[kernels] else {
                print("golden: \(files.keys.sorted()) not compared: no digests for \(kernels)")
                continue
            }
            found += Self.differences(files, known)
        }
        if counts != known.counts { found.append("counts") }
        if gates != known.gates { found.append("gates") }
        if notes != known.notes { found.append("notes") }
        if published != known.published { found.append("published") }
        return found
    }

    /// Writes the digests; those of other kernels stay.
    func write(to file: URL, keeping known: StageDigests) throws {
        var merged = self
        merged.filesByKernels.merge(known.filesByKernels) { own, _ in own }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try (try encoder.encode(merged) + Data("\n".utf8)).write(to: file)
    }

    private static func differences(_ one: [String: String], _ other: [String: String]) -> [String]
    {
        Set(one.keys).union(other.keys).sorted().filter { one[$0] != other[$0] }
    }
}
