public import Records

/// What happened to one record, stage by stage, and in which releases it is: `curate explain ID`.
public struct Explanation: Sendable {
    /// What one stage's folder says of the record.
    public struct Step: Sendable {
        public var stage: String
        /// The record's line after the stage; nil when it was refused there.
        public var record: [UInt8]?
        /// The line of `refused.jsonl`.
        public var refusal: [UInt8]?
        /// The record's lines in the stage's sidecars, by name.
        public var notes: [String: [UInt8]]
        /// The run that made the folder; nil for one of an earlier version of the program.
        public var run: Int64?
        /// Whether the stage is one of the last run's; a pipeline that was changed leaves folders.
        public var isOfLastRun = true
    }

    /// A file of a release that has the record.
    public struct Published: Sendable {
        /// The release's name; nil for a folder `release` of an earlier version of the program.
        public var release: String?
        public var run: Int64?
        public var file: String
        /// Whether it is the release that is published.
        public var isCurrent: Bool
    }

    public var id: String
    /// Those of the last run first, each list in the order of the stages.
    public var steps: [Step]
    /// The oldest first.
    public var published: [Published]

    /// Looks through every finished stage and every release of a pipeline.
    ///
    /// - Throws: `usage` when nothing there knows the record.
    public static func of(_ id: String, in workspace: Workspace) throws(Fault) -> Explanation {
        let last = workspace.foldersOfLastRun
        var steps: [Step] = []
        for (folder, manifest) in workspace.finished() {
            guard var step = try find(id, folder, manifest) else { continue }
            step.run = StageStatistics.read(folder: folder)?.run
            let name = folder.split(separator: "/").last.map(String.init) ?? ""
            step.isOfLastRun = last?.contains(name) ?? true
            steps.append(step)
        }
        steps = steps.filter(\.isOfLastRun) + steps.filter { !$0.isOfLastRun }
        let published = try releases(with: id, workspace)
        if steps.isEmpty, published.isEmpty {
            throw Fault(
                .usage, "nothing of `\(workspace.pipeline)` knows the record `\(id)`",
                hint: "ids stand in every records/*.jsonl and refused.jsonl")
        }
        return Explanation(id: id, steps: steps, published: published)
    }

    private static func releases(
        with id: String, _ workspace: Workspace
    ) throws(Fault) -> [Published] {
        let releases = workspace.releases
        var folders: [(path: String, name: String?)] = releases.names.map {
            ("\(releases.folder)/\($0)", $0)
        }
        if Paths.isFolder(workspace.release), releases.publishedName == nil {
            folders.append((workspace.release, nil))
        }
        let prefix = linePrefix(id)
        var found: [Published] = []
        for (folder, name) in folders {
            for file in FileSystem.names(in: folder) where file.hasSuffix(".jsonl") {
                guard try line("\(folder)/\(file)", startingWith: prefix) != nil else { continue }
                found.append(
                    Published(
                        release: name, run: name.flatMap { releases.record($0)?.run }, file: file,
                        isCurrent: name == releases.publishedName))
            }
        }
        return found
    }

    /// The identifier of a finished stage's row that is most like `id`; nil when none is near.
    public static func nearest(_ id: String, in workspace: Workspace) -> String? {
        var candidates: [String] = []
        for (folder, manifest) in workspace.finished() {
            for file in manifest.records + manifest.refused {
                // A hint is all that a file that cannot be read costs.
                guard let stream = try? LineStream(name: "", path: "\(folder)/\(file.path)") else {
                    continue
                }
                while candidates.count < mostCandidates, let block = try? stream.read(rows: 4_096) {
                    candidates += block.lines.compactMap {
                        identifier(block.bytes[$0.range], like: id)
                    }
                }
            }
        }
        return NearestName.of(id, in: candidates)
    }

    private static let mostCandidates = 5_000

    /// A line's identifier, if it is about as long as `id` and has its first or its last letter.
    private static func identifier(_ line: ArraySlice<UInt8>, like id: String) -> String? {
        let start = Array(#"{"id":""#.utf8)
        guard line.starts(with: start) else { return nil }
        let text = line.dropFirst(start.count).prefix { $0 != UInt8(ascii: "\"") }
        guard abs(text.count - id.utf8.count) <= 2,
            text.first == id.utf8.first || text.last == id.utf8.last
        else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private static func linePrefix(_ id: String) -> [UInt8] {
        var prefix = Array(#"{"id":"#.utf8)
        JSONText.append(id, to: &prefix)
        return prefix
    }

    private static func find(
        _ id: String, _ folder: String, _ manifest: Manifest
    ) throws(Fault) -> Step? {
        let prefix = linePrefix(id)
        for shard in manifest.shards {
            let path = "\(folder)/\(shard.records.path)"
            guard let (line, row) = try line(path, startingWith: prefix) else { continue }
            var notes: [String: [UInt8]] = [:]
            for (name, sidecar) in shard.sidecars {
                notes[name] = try self.line("\(folder)/\(sidecar.path)", number: row)
            }
            return Step(stage: manifest.stage, record: line, refusal: nil, notes: notes)
        }
        for file in manifest.refused {
            if let (line, _) = try line("\(folder)/\(file.path)", startingWith: prefix) {
                return Step(stage: manifest.stage, record: nil, refusal: line, notes: [:])
            }
        }
        return nil
    }

    private static func line(
        _ path: String, startingWith prefix: [UInt8]
    ) throws(Fault) -> (line: [UInt8], row: Int)? {
        let stream = try LineStream(name: "", path: path)
        var row = 0
        while let block = try stream.read(rows: 4_096) {
            for line in block.lines {
                if block.bytes[line.range].starts(with: prefix) {
                    return (Array(block.bytes[line.range]), row)
                }
                row += 1
            }
        }
        return nil
    }

    private static func line(_ path: String, number: Int) throws(Fault) -> [UInt8]? {
        let stream = try LineStream(name: "", path: path)
        var row = 0
        while let block = try stream.read(rows: 4_096) {
            if number < row + block.lines.count {
                return Array(block.bytes[block.lines[number - row].range])
            }
            row += block.lines.count
        }
        return nil
    }
}
