internal import GRDB
public import Records

/// Vectors that were computed before, by model and text.
///
/// `model` fingerprints everything that shapes a vector (weights, pooling, dimensions, endpoint);
/// `text` is the SHA-256 of the text's bytes. Neither depends on how texts were batched.
public struct VectorCache: Sendable {
    let core: StoreCore

    /// The vectors of `texts` in their order, nil where none is kept.
    public func vectors(
        model: SHA256.Digest, texts: [SHA256.Digest]
    ) async throws(Fault) -> [[Float]?] {
        if texts.isEmpty { return [] }
        return try await core.read("looking up vectors") { db in
            let statement = try db.cachedStatement(
                sql: "SELECT vector FROM vectors WHERE text = ? AND model = ?")
            return try texts.map { text in
                let blob = try Blob.fetchOne(
                    statement, arguments: [Blob(text.bytes), Blob(model.bytes)])
                guard let blob else { return nil }
                guard let floats = blob.floats else {
                    throw Fault(.badData, "a stored vector is cut short")
                }
                return floats
            }
        }
    }

    /// Keeps the vectors, in one transaction; a vector kept before stays as it was.
    public func store(
        _ vectors: [(text: SHA256.Digest, vector: [Float])], model: SHA256.Digest
    ) async throws(Fault) {
        if vectors.isEmpty { return }
        let now = core.clock.now()
        try await core.group.write("storing vectors") { db, _ in
            let statement = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO vectors (text, model, vector, created)
                    VALUES (?, ?, ?, ?)
                    """)
            for (text, vector) in vectors {
                try statement.execute(arguments: [
                    Blob(text.bytes), Blob(model.bytes), Blob(floats: vector), now,
                ])
            }
        }
    }

    /// Entries and bytes of the stored vectors.
    public func statistics() async throws(Fault) -> CacheStatistics {
        try await core.read("counting vectors") { db in
            try CacheStatistics.of(table: "vectors", bytes: "vector", db)
        }
    }

    /// Forgets vectors older than a moment in milliseconds since 1970 UTC; returns how many.
    @discardableResult
    public func prune(olderThan milliseconds: Int64) throws(Fault) -> Int {
        try core.writeNow("forgetting old vectors") { db in
            try db.execute(
                sql: "DELETE FROM vectors WHERE created < ?", arguments: [milliseconds])
            return db.changesCount
        }
    }
}
