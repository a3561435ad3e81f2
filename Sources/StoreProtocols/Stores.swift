/// What a run keeps beyond its datasets: one store for each kind of thing.
///
/// Opened by whoever starts the run, and handed in: nobody below knows what they are made of.
public struct Stores: Sendable {
    /// Replies of endpoints, by the fingerprint of their request.
    public var replies: any ReplyStore
    /// Batches of calls that endpoints work on.
    public var batches: any BatchStore
    /// Vectors, by model and text.
    public var vectors: any VectorStore
    /// What is held already, and what was spent.
    public var answers: any StoredAnswers
    /// A folder of this machine for files under way, as private as the stores themselves.
    public var scratchFolder: String

    public init(
        replies: any ReplyStore, batches: any BatchStore, vectors: any VectorStore,
        answers: any StoredAnswers, scratchFolder: String
    ) {
        self.replies = replies
        self.batches = batches
        self.vectors = vectors
        self.answers = answers
        self.scratchFolder = scratchFolder
    }
}
