public import Records

/// What a worker is told first: which stage it does the steps of, and where the rows are.
struct WorkerSetup: Portable {
    /// The pipeline as the run read it, so that a file changed meanwhile changes nothing.
    var pipeline: PipelineText
    /// The stage's place in the pipeline.
    var stage: Int
    /// The dataset that the stage reads.
    var input: String
    /// Where the worker puts its files, each named by its digest.
    var parts: String
    var jobs: Int

    init(pipeline: PipelineText, stage: Int, input: String, parts: String, jobs: Int) {
        self.pipeline = pipeline
        self.stage = stage
        self.input = input
        self.parts = parts
        self.jobs = jobs
    }

    func write(to bytes: inout PortableWriter) {
        pipeline.write(to: &bytes)
        stage.write(to: &bytes)
        input.write(to: &bytes)
        parts.write(to: &bytes)
        jobs.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        pipeline = try PipelineText(from: &bytes)
        stage = try Int(from: &bytes)
        input = try String(from: &bytes)
        parts = try String(from: &bytes)
        jobs = try Int(from: &bytes)
    }
}

/// A pipeline file's text and what the command line changes in it.
public struct PipelineText: Portable {
    public var yaml: String
    /// The path that it was read from; relative ones in it lead from the working folder.
    public var path: String
    /// `path=value`, as `--set` takes them.
    public var overrides: [String]

    public init(yaml: String, path: String, overrides: [String]) {
        self.yaml = yaml
        self.path = path
        self.overrides = overrides
    }

    public func write(to bytes: inout PortableWriter) {
        yaml.write(to: &bytes)
        path.write(to: &bytes)
        overrides.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are none.
    public init(from bytes: inout PortableReader) throws(Fault) {
        yaml = try String(from: &bytes)
        path = try String(from: &bytes)
        overrides = try [String](from: &bytes)
    }
}

/// One step on one shard, or on one part of keyed rows.
struct WorkerTask: Portable {
    /// What the step is done on.
    enum Target: Portable, Equatable {
        /// A shard of the input, by its number.
        case shard(Int)
        /// A part of the keyed rows of a group, by its number, and the file that holds it.
        case part(Int, rows: String)
    }

    /// The step's place in the stage's graph.
    var step: Int
    var target: Target
    /// Tells the attempt from all others of the run.
    var attempt: Int
    /// Files with the values that the step takes, by the step that gave them.
    var values: [Int: String]
    /// A file with the identifiers that new rows cannot have; nil for a stage that adds none.
    var taken: String?

    init(step: Int, _ target: Target, attempt: Int, values: [Int: String], taken: String?) {
        self.step = step
        self.target = target
        self.attempt = attempt
        self.values = values
        self.taken = taken
    }

    func write(to bytes: inout PortableWriter) {
        step.write(to: &bytes)
        target.write(to: &bytes)
        attempt.write(to: &bytes)
        values.write(to: &bytes)
        taken.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        step = try Int(from: &bytes)
        target = try Target(from: &bytes)
        attempt = try Int(from: &bytes)
        values = try [Int: String](from: &bytes)
        taken = try String?(from: &bytes)
    }
}

extension WorkerTask.Target {
    func write(to bytes: inout PortableWriter) {
        switch self {
        case .shard(let number):
            true.write(to: &bytes)
            number.write(to: &bytes)
        case .part(let number, let path):
            false.write(to: &bytes)
            number.write(to: &bytes)
            path.write(to: &bytes)
        }
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        let isShard = try Bool(from: &bytes)
        let number = try Int(from: &bytes)
        self = isShard ? .shard(number) : .part(number, rows: try String(from: &bytes))
    }

    /// `shard 3`, for messages.
    var words: String {
        switch self {
        case .shard(let number): "shard \(number)"
        case .part(let number, _): "part \(number)"
        }
    }
}

/// What a worker says: it asks the run's store of vectors, or is done with its task.
enum WorkerMessage: Portable {
    case call(VectorCall, model: SHA256.Digest)
    case reply(WorkerReply)

    func write(to bytes: inout PortableWriter) {
        switch self {
        case .call(let call, let model):
            true.write(to: &bytes)
            model.write(to: &bytes)
            call.write(to: &bytes)
        case .reply(let reply):
            false.write(to: &bytes)
            reply.write(to: &bytes)
        }
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        guard try Bool(from: &bytes) else {
            self = .reply(try WorkerReply(from: &bytes))
            return
        }
        let model = try SHA256.Digest(from: &bytes)
        self = .call(try VectorCall(from: &bytes), model: model)
    }
}

/// What a worker says of a task.
struct WorkerReply: Portable {
    /// The step's summary of the shard, or what the groups of the part give.
    var value: [UInt8] = []
    /// The rows of a map; nil for a fold and a group.
    var rows: ShardResult?
    var fault: Fault?

    init(value: [UInt8], rows: ShardResult? = nil) {
        self.value = value
        self.rows = rows
    }

    init(_ fault: Fault) { self.fault = fault }

    func write(to bytes: inout PortableWriter) {
        value.write(to: &bytes)
        rows.write(to: &bytes)
        fault.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        value = try [UInt8](from: &bytes)
        rows = try ShardResult?(from: &bytes)
        fault = try Fault?(from: &bytes)
    }
}

/// A shard that a worker wrote: what a manifest says of it.
///
/// Every file is named by its digest, so that an attempt that was cut short, or one that comes
/// late, never stands in the place of another.
struct ShardResult: Portable {
    var shard: Manifest.Shard
    var counts: Manifest.Counts
    /// Lines of files of the stage's own, by name.
    var files: [String: Manifest.File]

    init(
        shard: Manifest.Shard, counts: Manifest.Counts, files: [String: Manifest.File]
    ) {
        self.shard = shard
        self.counts = counts
        self.files = files
    }

    func write(to bytes: inout PortableWriter) {
        shard.write(to: &bytes)
        counts.write(to: &bytes)
        files.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        shard = try Manifest.Shard(from: &bytes)
        counts = try Manifest.Counts(from: &bytes)
        files = try [String: Manifest.File](from: &bytes)
    }
}

extension Manifest.File: Portable {
    public func write(to bytes: inout PortableWriter) {
        path.write(to: &bytes)
        rows.write(to: &bytes)
        self.bytes.write(to: &bytes)
        sha256.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        self.init(
            path: try String(from: &bytes), rows: try Int?(from: &bytes),
            bytes: try Int(from: &bytes), sha256: try String(from: &bytes))
    }
}

extension Manifest.Shard: Portable {
    public func write(to bytes: inout PortableWriter) {
        records.write(to: &bytes)
        refused.write(to: &bytes)
        sidecars.write(to: &bytes)
        vectors.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        records = try Manifest.File(from: &bytes)
        refused = try Manifest.File(from: &bytes)
        sidecars = try [String: Manifest.File](from: &bytes)
        vectors = try Manifest.File?(from: &bytes)
    }
}

extension Manifest.Counts: Portable {
    public func write(to bytes: inout PortableWriter) {
        input.write(to: &bytes)
        added.write(to: &bytes)
        kept.write(to: &bytes)
        refused.write(to: &bytes)
        refusedByReason.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        input = try Int(from: &bytes)
        added = try Int(from: &bytes)
        kept = try Int(from: &bytes)
        refused = try Int(from: &bytes)
        refusedByReason = try [String: Int](from: &bytes)
    }
}
