internal import Records

extension OfflineModelServer {
    /// What the server answers from, and how.
    public struct Settings: Sendable {
        /// Every answer is a function of this and the request.
        public var seed: UInt64
        public var grammars: GrammarLibrary
        public var lexicons: Lexicons
        /// Texts in, one vector each out, all of one length; nil: no `/v1/embeddings`.
        public var embedder: (@Sendable ([String]) throws -> [[Float]])?
        /// The name that `/v1/embeddings` answers with.
        public var embeddingModel: String
        public var faults: SimulatedFaults
        /// 0 lets the system choose a free port.
        public var port: UInt16
        /// Larger request bodies get a 413.
        public var bodyLimitBytes: Int

        public init(
            seed: UInt64, grammars: GrammarLibrary, lexicons: Lexicons = Lexicons(),
            embedder: (@Sendable ([String]) throws -> [[Float]])? = nil,
            embeddingModel: String = "all-MiniLM-L6-v2", faults: SimulatedFaults = .init(),
            port: UInt16 = 0, bodyLimitBytes: Int = 8 << 20
        ) {
            self.seed = seed
            self.grammars = grammars
            self.lexicons = lexicons
            self.embedder = embedder
            self.embeddingModel = embeddingModel
            self.faults = faults
            self.port = port
            self.bodyLimitBytes = bodyLimitBytes
        }
    }
}

/// Faults that the server plays on purpose, so that a client's behaviour can be shown; all off.
///
/// `every` counts POST requests from the server's start: these answers depend on their order.
public struct SimulatedFaults: Sendable {
    /// Every n-th request gets a 429 with `Retry-After`.
    public var rateLimitEvery: Int?
    public var retryAfterSeconds = 0
    /// Every n-th request gets a 503.
    public var unavailableEvery: Int?
    /// Category → share of generation requests refused, 0…1; by request, not by order.
    public var refusalRates: [String: Double] = [:]
    /// Share of chat replies cut off in the middle with `finish_reason: length`, 0…1; by request.
    public var cutRate = 0.0

    public init() {}
}
