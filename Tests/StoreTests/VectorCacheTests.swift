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
        var draws = Draws(seed: 3, purpose: "vectors")
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
        let got = try await store.vectors.vectors(model: model, texts: asked)
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
        #expect(try await store.vectors.vectors(model: a, texts: [text]) == [[1, 2]])
        #expect(try await store.vectors.vectors(model: b, texts: [text]) == [nil])
        #expect(try await store.vectors.vectors(model: b, texts: []).isEmpty)
        #expect(try await store.vectors.statistics().bytes == 8)
        #expect(try store.vectors.prune(olderThan: .max) == 1)
        #expect(try await store.vectors.statistics().entries == 0)
    }
}
