import GRDB
import Records
import Testing

@testable import Store

struct VectorCacheTests {
    @Test func `gives vectors back bit for bit, in the order asked, nil where there is none`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let model = SHA256.hash("model a")
        var draws = CounterRNG(seed: 3, purpose: "vectors")
        let entries = (0..<500).map { number in
            (
                text: SHA256.hash("\(number)"),
                vector: (0..<9).map { _ in
                    Float(bitPattern: UInt32(truncatingIfNeeded: draws.next()))
                }
            )
        }
        try await store.vectors.store(entries, model: model)
        let asked = entries.indices.reversed().map { entries[$0].text } + [SHA256.hash("none")]
        let got = try await store.vectors.vectors(model: model, texts: asked).vectors
        #expect(got.count == 501)
        #expect(got[500] == nil)
        for (index, entry) in entries.reversed().enumerated() {
            #expect(got[index]?.map(\.bitPattern) == entry.vector.map(\.bitPattern))
        }
    }

    @Test func `keeps models apart, keeps the first vector, and answers nothing with nothing`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let (a, b, text) = (SHA256.hash("a"), SHA256.hash("b"), SHA256.hash("text"))
        try await store.vectors.store([(text, [1, 2])], model: a)
        try await store.vectors.store([(text, [3, 4])], model: a)
        #expect(try await store.vectors.vectors(model: a, texts: [text]).vectors == [[1, 2]])
        #expect(try await store.vectors.vectors(model: b, texts: [text]).vectors == [nil])
        #expect(try await store.vectors.vectors(model: b, texts: []).vectors.isEmpty)
        #expect(try await store.vectors.statistics().bytes == 8)
        #expect(try store.vectors.prune(olderThan: .max) == 1)
        #expect(try await store.vectors.statistics().entries == 0)
    }

    @Test func `a vector that is not what was written is missing, and another takes its place`()
        async throws
    {
        let folder = try TemporaryFolder()
        let model = SHA256.hash("model")
        let texts = (0..<4).map { SHA256.hash("\($0)") }
        do {
            let store = try WorkspaceStore(path: folder.database)
            try await store.vectors.store(texts.map { ($0, [0.6, 0.8]) }, model: model)
            try store.close()
        }
        let database = try DatabaseQueue(path: folder.database)
        try await database.write { db in
            try db.execute(
                sql: """
                    UPDATE vectors SET vector = zeroblob(8) WHERE rowid = 1;
                    UPDATE vectors SET vector = x'9a99193fcdcc4c3e' WHERE rowid = 2;
                    UPDATE vectors SET vector = x'9a9919' WHERE rowid = 3;
                    """)
        }
        try database.close()
        let store = try WorkspaceStore(path: folder.database)
        let found = try await store.vectors.vectors(model: model, texts: texts)
        #expect(found.vectors == [nil, nil, nil, [0.6, 0.8]])
        #expect(found.damaged == [0, 1, 2])
        try await store.vectors.forget(texts.dropLast(), model: model)
        try await store.vectors.store(texts.map { ($0, [1, 0]) }, model: model)
        let again = try await store.vectors.vectors(model: model, texts: texts)
        #expect(again.vectors == [[1, 0], [1, 0], [1, 0], [0.6, 0.8]])
        #expect(again.damaged.isEmpty)
    }
}
