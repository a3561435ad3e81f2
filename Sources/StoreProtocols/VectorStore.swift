public import Records

/// Vectors that were computed before, by model and text.
///
/// `model` fingerprints everything that shapes a vector (weights, pooling, dimensions, endpoint);
/// a text is known by the SHA-256 of its bytes. Neither depends on how texts were batched. A vector
/// that is not what was written is never given out.
/// - Throws: As the methods of ``ReplyStore``.
public protocol VectorStore: Sendable {
    /// The vectors of `texts` in their order, nil where none is kept or where it is not what was
    /// written.
    ///
    /// - Returns: Also the places of those that are damaged, for ``forget(_:model:)``.
    func vectors(
        model: SHA256.Digest, texts: [SHA256.Digest]
    ) async throws(Fault) -> (vectors: [[Float]?], damaged: [Int])

    /// Keeps the vectors, all or none; a vector kept before stays as it was.
    func store(
        _ vectors: [(text: SHA256.Digest, vector: [Float])], model: SHA256.Digest
    ) async throws(Fault)

    /// Forgets the vectors of `texts`, so that others can be kept in their place.
    func forget(_ texts: [SHA256.Digest], model: SHA256.Digest) async throws(Fault)
}
