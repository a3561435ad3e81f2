internal import Dispatch
internal import Glibc
public import Records
internal import StoreProtocols

/// The life of a worker: does steps on shards and parts as it is told on standard input, and says
/// on standard output what came of each.
///
/// A worker holds no lock and no store; it reads finished datasets and writes files that nobody
/// finds until the process that started it takes them. Vectors that are stored already it asks
/// that process for. It ends with its standard input.
public struct Worker {
    private let catalogue: Catalogue
    private let channel: WorkerChannel

    public init(_ catalogue: Catalogue, input: Int32, output: Int32) {
        self.catalogue = catalogue
        channel = WorkerChannel(input: input, output: output)
    }

    /// - Throws: `usage` when no run started the worker; what reading the pipeline throws;
    ///   `stopped` when nobody reads what is said.
    public func run() async throws(Fault) {
        channel.exitWhenAlone()
        guard let first = try channel.receive() else {
            throw Fault(
                .usage, "nobody says what to do",
                why: "`curate worker` is started by `curate run --workers N`, and by nothing else")
        }
        let setup = try WorkerSetup(portableBytes: first)
        let stage = try WorkerStage(setup, catalogue, ChannelVectorStore(channel))
        while let message = try channel.receive() {
            let reply: WorkerReply
            do throws(Fault) {
                reply = try await stage.perform(try WorkerTask(portableBytes: message))
            } catch {
                reply = WorkerReply(error)
            }
            try channel.send(WorkerMessage.reply(reply).portableBytes)
        }
    }
}

/// The stage that a worker does the steps of.
private final class WorkerStage {
    private let context: StageContext
    private let graph: StepGraph
    /// The step that tasks were last of: begun once for all of its shards.
    private var current: (step: Int, task: StepTask)?

    init(
        _ setup: WorkerSetup, _ catalogue: Catalogue, _ vectors: any VectorStore
    ) throws(Fault) {
        let text = setup.pipeline
        var overrides: [Override] = []
        for override in text.overrides { overrides.append(try Override(override)) }
        let plan = try PipelinePlan.parse(
            yaml: text.yaml, path: text.path, overrides: overrides, catalogue: catalogue)
        guard plan.steps.indices.contains(setup.stage) else {
            throw Fault(.defect, "a worker was given a stage that the pipeline does not have")
        }
        let step = plan.steps[setup.stage]
        context = StageContext(
            stage: step.entry.name, description: step.description, reads: step.stage.reads,
            seed: plan.file.seed, jobs: setup.jobs,
            input: try Dataset.open(folder: setup.input), folder: setup.parts,
            shardRows: plan.file.shardRows, stores: nil, vectors: vectors, history: [],
            services: RunServices(),
            stop: StopFlag(), progress: StageProgress())
        var graph = StepGraph()
        try step.stage.steps(&graph)
        self.graph = graph
    }

    func perform(_ task: WorkerTask) async throws(Fault) -> WorkerReply {
        switch task.target {
        case .shard(let number): try await perform(task, shard: number)
        case .part(_, let rows): try reduce(task.step, rows)
        }
    }

    /// Reduces a part of keyed rows; the values of the step before are let go.
    private func reduce(_ number: Int, _ rows: String) throws(Fault) -> WorkerReply {
        current = nil
        guard graph.steps.indices.contains(number),
            case .group(let group) = graph.steps[number].body,
            let transport = graph.steps[number].transport
        else { throw Fault(.defect, "a worker was given a part for a step that is no group") }
        let part = try KeyedRows.Part(portableBytes: try FileSystem.bytes(rows))
        return WorkerReply(value: try transport.encode(try group.reduce(part)))
    }

    private func perform(_ task: WorkerTask, shard: Int) async throws(Fault) -> WorkerReply {
        let stepTask = try await begin(task)
        let step = stepTask.step
        let summary = stepTask.rows.summary()
        let executor = ThreadExecutor(shard: shard)
        var result: ShardResult?
        if step.kind == .map {
            let part = try ShardPart(context, number: shard, attempt: task.attempt)
            try await executor.map(stepTask, context, into: part, summary)
            result = try part.finish()
        } else {
            try await executor.fold(stepTask, context, summary)
        }
        guard let transport = step.transport else { throw StepValues.mismatch }
        return WorkerReply(value: try transport.encode(summary.value), rows: result)
    }

    /// The task's step, with the values that it takes; those of the step before are let go.
    private func begin(_ task: WorkerTask) async throws(Fault) -> StepTask {
        if let current, current.step == task.step { return current.task }
        guard graph.steps.indices.contains(task.step),
            case .rows(let rows) = graph.steps[task.step].body
        else { throw Fault(.defect, "a worker was given a step that is none over rows") }
        current = nil
        var values = StepValues()
        for (number, path) in task.values {
            guard let transport = graph.steps[number].transport else { throw StepValues.mismatch }
            values[number] = try transport.decode(try FileSystem.bytes(path))
        }
        if let path = task.taken {
            context.know(try IdentifierSet(portableBytes: try FileSystem.bytes(path)))
        }
        var begun = StepTask(task.step, graph.steps[task.step], rows, values)
        begun.begun = try await rows.begin(values, context)
        current = (task.step, begun)
        return begun
    }
}

/// Messages between a worker and the process that started it: a length of eight bytes, then the
/// bytes.
final class WorkerChannel: Sendable {
    private let input: Int32
    private let output: Int32

    init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    /// - Throws: `stopped` when nobody reads.
    func send(_ message: [UInt8]) throws(Fault) {
        try write(message.count.portableBytes)
        try write(message)
    }

    /// The next message; nil when the other side is gone.
    ///
    /// - Throws: `badData` for a length that no message has.
    func receive() throws(Fault) -> [UInt8]? {
        guard let head = read(8) else { return nil }
        let count = try Int(portableBytes: head)
        guard count >= 0 else { throw PortableReader.damaged }
        return read(count)
    }

    /// Grows with what comes, so that a length that nobody meant reserves nothing.
    private func read(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(count, 1 << 20))
        while bytes.count < count {
            let wanted = min(buffer.count, count - bytes.count)
            let got = Glibc.read(input, &buffer, wanted)
            if got < 0, errno == EINTR { continue }
            if got <= 0 { return nil }
            bytes += buffer[..<got]
        }
        return bytes
    }

    private func write(_ bytes: [UInt8]) throws(Fault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(output, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Fault(
                    .stopped, "the other process is gone", why: String(cString: strerror(errno)))
            }
            sent += count
        }
    }

    /// Ends this process when the other side is gone, whatever it is doing: a worker must not go on
    /// for a run that was killed.
    func exitWhenAlone() {
        let input = input
        DispatchQueue(label: "the other side").async {
            // A hang-up is told without being asked for.
            var ends = [pollfd(fd: input, events: 0, revents: 0)]
            while poll(&ends, 1, -1) < 0, errno == EINTR {}
            _exit(0)
        }
    }

    func close() { Glibc.close(input) }
}
