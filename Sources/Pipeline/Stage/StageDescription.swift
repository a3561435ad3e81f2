/// What a stage is, for the catalogue, the checks before a run, and docs/stages.md.
public struct StageDescription: Sendable {
    /// What a stage may do to a dataset's rows.
    public enum Role: String, Sendable {
        /// Makes a dataset out of sources.
        case source
        /// Adds rows.
        case generator
        /// Refuses rows.
        case filter
        /// Adds values beside rows, or changes labels.
        case annotator
        /// Reads only, and writes files for people.
        case reporter
    }

    /// Why a row was refused: the code in `refused.jsonl`, and its meaning.
    public struct RefusalReason: Sendable {
        public var code: String
        public var meaning: String
        /// The row got no usable answer: too many of these end the run with exit code 1
        /// (``Allowance/failed``).
        public var isFailure: Bool
        /// A source leaves the row out because a setting says so; its other refusals are of what is
        /// no row, and too many of those end the run with exit code 1 (``Allowance/refused``).
        public var isChosen: Bool

        public init(
            _ code: String, _ meaning: String, isFailure: Bool = false, isChosen: Bool = false
        ) {
            self.code = code
            self.meaning = meaning
            self.isFailure = isFailure
            self.isChosen = isChosen
        }
    }

    public var name: String
    /// Raised when the stage's result changes: part of every fingerprint.
    public var version: Int
    public var role: Role
    /// One sentence.
    public var summary: String
    /// What it does and how, with the source of the method.
    public var method: String
    /// What it costs in time, memory and calls.
    public var cost: String
    /// Sidecars that must be there; `embeddings` is the vectors.
    public var reads: [String]
    /// Line sidecars that it also reads where they are there.
    public var readsIfPresent: [String]
    /// The sidecar that it writes, if any: `embeddings`, or a file of one JSON line a row.
    public var writes: String?
    /// For a stage that writes `embeddings`: the sidecar of lines that it writes beside them.
    public var writesBeside: String?
    public var refusals: [RefusalReason]
    /// Whether the categories' definitions take part in the result.
    public var usesTaxonomy: Bool
    /// Whether the counts of the stages before it take part in the result.
    public var usesHistory: Bool

    public init(
        name: String, version: Int, role: Role, summary: String, method: String, cost: String,
        reads: [String] = [], readsIfPresent: [String] = [], writes: String? = nil,
        writesBeside: String? = nil, refusals: [RefusalReason] = [],
        usesTaxonomy: Bool = false, usesHistory: Bool = false
    ) {
        self.name = name
        self.version = version
        self.role = role
        self.summary = summary
        self.method = method
        self.cost = cost
        self.reads = reads
        self.readsIfPresent = readsIfPresent
        self.writes = writes
        self.writesBeside = writesBeside
        // What the runner refuses on behalf of every generator.
        self.refusals =
            role == .generator
            ? refusals + [
                .init(Refusal.madeBefore, "A row with this id came in already.")
            ]
            : refusals
        self.usesTaxonomy = usesTaxonomy
        self.usesHistory = usesHistory
    }
}
