internal import Records

/// How many worker processes there are, and how one is started.
public struct WorkerSettings: Sendable {
    public var count: Int
    /// The program and its first arguments.
    public var command: [String]
    public var pipeline: PipelineText

    public init(count: Int, command: [String], pipeline: PipelineText) {
        self.count = count
        self.command = command
        self.pipeline = pipeline
    }
}

/// Does steps over rows shard by shard and groups part by part, in worker processes.
///
/// Shard numbers go to the workers, and what a manifest says of a shard comes back; this process
/// alone puts files in their places and writes the manifest. A part of a group goes as a file, and
/// what its groups give comes back. A step that asks an endpoint is done
/// here, by threads.
struct WorkerExecutor: StepExecutor {
    private let pool: WorkerPool
    private let parts: String
    private let threads = ThreadExecutor()

    /// - Parameter parts: The folder that the workers put their files in.
    init(_ pool: WorkerPool, parts: String) {
        self.pool = pool
        self.parts = parts
    }

    func fold(
        _ task: StepTask, _ context: StageContext, _ summary: any StepSummary
    ) async throws(Fault) {
        try await perform(task, context, taken: nil) { reply, _ throws(Fault) in
            try summary.merge(bytes: reply.value)
        }
    }

    func map(
        _ task: StepTask, _ context: StageContext, into writer: any RowWriter,
        _ summary: any StepSummary
    ) async throws(Fault) {
        guard !task.rows.isLocal, let writer = writer as? DatasetWriter else {
            return try await threads.map(task, context, into: writer, summary)
        }
        var taken: String?
        if context.description.role == .generator {
            taken = "\(parts)/identifiers"
            try write(
                try await context.takenIdentifiers().portableBytes, to: "\(parts)/identifiers")
        }
        try await perform(task, context, taken: taken) { reply, shard throws(Fault) in
            guard let rows = reply.rows else { throw StepValues.mismatch }
            try writer.append(rows, number: shard, from: parts)
            try summary.merge(bytes: reply.value)
        }
    }

    func group(
        _ task: GroupTask, _ context: StageContext, _ results: any GroupResults
    ) async throws(Fault) {
        var parts = task.rows.parts.enumerated().filter { !$0.element.rows.isEmpty }[...]
        try await Parallel.inOrder(limit: pool.count) {
            () throws(Fault) -> (offset: Int, element: KeyedRows.Part)? in
            try context.stop.check()
            return parts.popFirst()
        } work: { [pool, folder = self.parts] part async throws(Fault) in
            let path = "\(folder)/rows-\(task.number)-\(part.offset)"
            try JSONFile.write(part.element.portableBytes, to: path)
            let reply = try await pool.perform(
                step: task.number, .part(part.offset, rows: path), values: [:], taken: nil)
            FileSystem.remove(path)
            return reply.value
        } take: { bytes throws(Fault) in
            try results.append(bytes: bytes)
        }
    }

    private func perform(
        _ task: StepTask, _ context: StageContext, taken: String?,
        _ take: (WorkerReply, Int) throws(Fault) -> Void
    ) async throws(Fault) {
        let shards = context.input?.manifest.shards ?? []
        let values = try values(of: task)
        context.progress.begin(total: context.input?.rows)
        var next = 0
        try await Parallel.inOrder(limit: pool.count) { () throws(Fault) -> Int? in
            try context.stop.check()
            guard next < shards.count else { return nil }
            defer { next += 1 }
            return next
        } work: { [pool] (shard: Int) async throws(Fault) in
            let reply = try await pool.perform(
                step: task.number, .shard(shard), values: values, taken: taken)
            return (reply: reply, shard: shard)
        } take: { done throws(Fault) in
            try take(done.reply, done.shard)
            context.progress.add(shards[done.shard].rows)
        }
    }

    /// Writes the values that a step takes, and gives their files by the step that gave them.
    private func values(of task: StepTask) throws(Fault) -> [Int: String] {
        var paths: [Int: String] = [:]
        for input in task.step.inputs {
            guard let transport = task.transports[input], let value = task.values[input] else {
                throw StepValues.mismatch
            }
            let path = "\(parts)/value-\(input)"
            if FileSystem.size(path) == nil { try write(try transport.encode(value), to: path) }
            paths[input] = path
        }
        return paths
    }

    private func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        try JSONFile.write(bytes, to: path)
    }
}
