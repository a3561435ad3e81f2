internal import GRDB
public import Records
public import StoreProtocols

/// The vectors in a workspace's database.
public struct VectorCache: VectorStore {
    let core: StoreCore

    public func vectors(
        model: SHA256.Digest, texts: [SHA256.Digest]
    ) async throws(Fault) -> (vectors: [[Float]?], damaged: [Int]) {
        if texts.isEmpty { return ([], []) }
        return try await core.read("looking up vectors") { db in
            let statement = try db.cachedStatement(
                sql: "SELECT vector, checksum FROM vectors WHERE text = ? AND model = ?")
            var damaged: [Int] = []
            let vectors = try texts.enumerated().map { place, text -> [Float]? in
                let row = try Row.fetchOne(
                    statement, arguments: [Blob(text.bytes), Blob(model.bytes)])
                guard let row else { return nil }
                let blob: Blob = row[0]
                let checksum: Int64? = row[1]
                if let floats = blob.floats, checksum ?? Self.checksum(blob) == Self.checksum(blob)
                {
                    return floats
                }
                damaged.append(place)
                return nil
            }
            return (vectors, damaged)
        }
    }

    static func holds(
        _ text: SHA256.Digest, _ model: SHA256.Digest, _ db: Database
    ) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM vectors WHERE text = ? AND model = ?)"),
            arguments: [Blob(text.bytes), Blob(model.bytes)]) ?? false
    }

    private static func checksum(_ blob: Blob) -> Int64 {
        Int64(bitPattern: blob.bytes.withUnsafeBytes { StableHash.hash($0) })
    }

    public func forget(
        _ texts: [SHA256.Digest], model: SHA256.Digest
    ) async throws(Fault) {
        if texts.isEmpty { return }
        try await core.group.write("forgetting damaged vectors") { db, _ in
            let statement = try db.cachedStatement(
                sql: "DELETE FROM vectors WHERE text = ? AND model = ?")
            for text in texts {
                try statement.execute(arguments: [Blob(text.bytes), Blob(model.bytes)])
            }
        }
    }

    public func store(
        _ vectors: [(text: SHA256.Digest, vector: [Float])], model: SHA256.Digest
    ) async throws(Fault) {
        if vectors.isEmpty { return }
        let now = core.clock.now()
        try await core.group.write("storing vectors") { db, _ in
            let statement = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO vectors (text, model, vector, checksum, created)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for (text, vector) in vectors {
                let blob = Blob(floats: vector)
                try statement.execute(arguments: [
                    Blob(text.bytes), Blob(model.bytes), blob, Self.checksum(blob), now,
                ])
            }
        }
    }

    /// Entries and bytes of the stored vectors.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func statistics() async throws(Fault) -> CacheStatistics {
        try await core.read("counting vectors") { db in
            try CacheStatistics.of(table: "vectors", bytes: "vector", db)
        }
    }

    /// Forgets vectors older than a moment in milliseconds since 1970 UTC; returns how many.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    @discardableResult
    public func prune(olderThan milliseconds: Int64) throws(Fault) -> Int {
        try core.writeNow("forgetting old vectors") { db in
            try db.execute(
                sql: "DELETE FROM vectors WHERE created < ?", arguments: [milliseconds])
            return db.changesCount
        }
    }
}
