public import Records

/// What happened to one record, stage by stage: `curate explain ID`.
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
    }

    public var id: String
    public var steps: [Step]

    /// Looks through every finished stage of a pipeline.
    public static func of(_ id: String, in workspace: Workspace) throws(Fault) -> Explanation {
        var steps: [Step] = []
        for (folder, manifest) in workspace.finished() {
            if let step = try find(id, folder, manifest) { steps.append(step) }
        }
        if steps.isEmpty {
            throw Fault(
                .usage, "no stage of `\(workspace.pipeline)` knows the record `\(id)`",
                hint: "ids stand in every records/*.jsonl and refused.jsonl")
        }
        return Explanation(id: id, steps: steps)
    }

    private static func find(
        _ id: String, _ folder: String, _ manifest: Manifest
    ) throws(Fault) -> Step? {
        var prefix = Array(#"{"id":"#.utf8)
        JSONText.append(id, to: &prefix)
        var row = 0
        for file in manifest.records {
            if let (line, at) = try line("\(folder)/\(file.path)", startingWith: prefix) {
                var notes: [String: [UInt8]] = [:]
                for (name, sidecar) in manifest.sidecars where name != Sidecar.embeddings {
                    notes[name] = try self.line("\(folder)/\(sidecar.path)", number: row + at)
                }
                return Step(stage: manifest.stage, record: line, refusal: nil, notes: notes)
            }
            row += file.rows ?? 0
        }
        if let (line, _) = try line("\(folder)/\(manifest.refused.path)", startingWith: prefix) {
            return Step(stage: manifest.stage, record: nil, refusal: line, notes: [:])
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
