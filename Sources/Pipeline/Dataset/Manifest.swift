internal import FoundationEssentials
public import Records

/// What a finished dataset folder holds: written last, and the only way the next stage finds files.
///
/// No clock, host name or path of the machine is in it; two runs that did the same have the same
/// manifests.
public struct Manifest: Codable, Sendable, Equatable {
    public static let fileName = "manifest.json"

    public struct File: Codable, Sendable, Equatable {
        /// Relative to the folder.
        public var path: String
        /// Lines, or rows of a matrix; nil where that means nothing.
        public var rows: Int?
        public var bytes: Int
        public var sha256: String

        public init(path: String, rows: Int?, bytes: Int, sha256: String) {
            self.path = path
            self.rows = rows
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// A part of a dataset that stands alone: rows in order, what was refused among them, and the
    /// values beside them.
    public struct Shard: Codable, Sendable, Equatable {
        /// One record a line.
        public var records: File
        /// One refused row a line: id, reason, score, the id that it matched.
        public var refused: File
        /// Lines of values beside the records, by name; as many as there are records.
        public var sidecars: [String: File]
        /// One vector a record; nil for records without.
        public var vectors: File?

        public var rows: Int { records.rows ?? 0 }

        var files: [File] {
            [records, refused] + beside
        }

        /// The files of values beside the records.
        var beside: [File] {
            sidecars.keys.sorted().compactMap { sidecars[$0] } + (vectors.map { [$0] } ?? [])
        }
    }

    /// The conservation law: `input + added == kept + refused`.
    public struct Counts: Codable, Sendable, Equatable {
        public var input = 0
        public var added = 0
        public var kept = 0
        public var refused = 0
        public var refusedByReason: [String: Int] = [:]

        public init() {}

        public var isConserved: Bool { input + added == kept + refused }
    }

    /// A promise that was checked, such as a lowest F1.
    public struct Gate: Codable, Sendable, Equatable {
        public var name: String
        public var passed: Bool
        public var detail: String
    }

    /// The layout of the folder, raised when an older version's folders cannot be read.
    static let currentLayout = 3

    public var layout = Manifest.currentLayout
    public var tool: String
    public var stage: String
    /// The stage's name in the catalogue.
    public var use: String
    public var version: Int
    /// Decides whether the folder can be reused: a hash of all that decides the result.
    public var fingerprint: String
    /// The content of the input, and everything else outside that took part.
    public var inputs: [String: String]
    public var settings: [String: String]
    public var counts: Counts
    /// At least one, in the order of the rows.
    ///
    /// What comes out of a stage for shard k of its input is its shard k.
    public var shards: [Shard]
    /// Other files of the stage's own, by path.
    public var extras: [File]
    /// Which of the extras belong to the release.
    public var published: [String]
    public var gates: [Gate]
    /// Sentences for the user, shown again when the stage is reused.
    public var notes: [String]

    public var rows: Int { counts.kept }

    /// The files of records, in order.
    public var records: [File] { shards.map(\.records) }

    /// The files of refused rows, in order.
    public var refused: [File] { shards.map(\.refused) }

    /// The files of vectors, in order; empty for rows without.
    public var vectors: [File] { shards.compactMap(\.vectors) }

    /// The sidecars of lines, which every shard has.
    var sidecarNames: [String] { shards.first?.sidecars.keys.sorted() ?? [] }

    /// What the next stage's fingerprint takes in: the digests of its shards.
    public var identity: String {
        var hash = SHA256()
        hash.update("dataset/3")
        for shard in shards {
            hash.update("\0\0\(shard.records.sha256)")
            for name in shard.sidecars.keys.sorted() {
                hash.update("\0\(name)\0\(shard.sidecars[name]?.sha256 ?? "")")
            }
            if let vectors = shard.vectors { hash.update("\0\0\(vectors.sha256)") }
        }
        return hash.finish().hex
    }

    /// The rows, and the values beside them.
    var rowFiles: [File] { shards.flatMap { [$0.records] + $0.beside } }

    public var allFiles: [File] {
        shards.flatMap(\.files) + extras
    }

    /// The manifest of a folder; nil when there is none, or none that can be read.
    public static func read(folder: String) -> Manifest? {
        guard
            let data = FileManager.default.contents(atPath: "\(folder)/\(fileName)"),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { return nil }
        return manifest
    }

    /// The file's bytes.
    func bytes() throws(Fault) -> [UInt8] { try JSONFile.bytes(self) }

    /// Whether every file is there with the size it had.
    func isIntact(folder: String) -> Bool {
        allFiles.allSatisfy { FileSystem.size("\(folder)/\($0.path)") == $0.bytes }
    }
}

/// Small JSON files of our own, with sorted keys, so that equal values are equal bytes.
public enum JSONFile {
    /// - Throws: `stopped` when there is no room, `configuration` when the file may not be written.
    public static func encode(_ value: some Encodable, to path: String) throws(Fault) {
        try write(try bytes(value), to: path)
    }

    static func bytes(_ value: some Encodable) throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw Fault(.defect, "a file could not be encoded", why: "\(error)")
        }
    }

    /// nil when there is no such file, or it holds something else.
    static func decode<Value: Decodable>(_ type: Value.Type, from path: String) -> Value? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try? JSONDecoder().decode(type, from: data)
    }

    /// Writes bytes to a temporary name, then puts them in place.
    ///
    /// - Throws: `stopped` when there is no room, `configuration` when the file may not be written.
    @discardableResult
    public static func write(_ bytes: [UInt8], to path: String) throws(Fault) -> Manifest.File {
        var file = try AtomicFile(path: path)
        try file.write(bytes)
        let written = try file.commit()
        return Manifest.File(
            path: path, rows: nil, bytes: written.bytes, sha256: written.digest.hex)
    }
}
