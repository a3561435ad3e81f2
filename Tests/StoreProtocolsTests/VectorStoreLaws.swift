import Records
import StoreProtocols
import Testing

struct VectorStoreLaws {
    private let model = SHA256.hash("model")

    @Test(arguments: Implementations.all)
    func `vectors come back bit for bit and in the order asked, and the first one stays`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        var draws = CounterRNG(seed: 3, purpose: "vectors")
        let entries = (0..<200).map { number in
            (
                text: SHA256.hash("\(number)"),
                vector: (0..<5).map { _ in
                    Float(bitPattern: UInt32(truncatingIfNeeded: draws.next()))
                }
            )
        }
        for time in 0..<2 {
            try await implementation.opened(folder) { opened in
                let store = opened.stores.vectors
                if time == 0 { try await store.store(entries, model: model) }
                try await store.store(entries.map { ($0.text, [1, 2]) }, model: model)
                let asked = draws.shuffled(Array(entries.indices))
                let found = try await store.vectors(
                    model: model, texts: asked.map { entries[$0].text } + [SHA256.hash("none")])
                #expect(found.damaged.isEmpty && found.vectors.count == 201)
                for (place, at) in asked.enumerated() {
                    #expect(
                        found.vectors[place]?.map(\.bitPattern)
                            == entries[at].vector.map(\.bitPattern))
                }
                #expect(found.vectors.last == .some(nil))
                // Of another model, and of nothing.
                let other = try await store.vectors(
                    model: SHA256.hash("other"), texts: [entries[0].text])
                #expect(other.vectors == [nil] && other.damaged.isEmpty)
                #expect(try await store.vectors(model: model, texts: []).vectors.isEmpty)
            }
        }
    }

    @Test(arguments: Implementations.all)
    func `a damaged vector is not given out, and once forgotten another takes its place`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        let kinds = Damage.allCases
        let texts = (0...kinds.count).map { SHA256.hash("\($0)") }
        try await implementation.opened(folder) { opened in
            try await opened.stores.vectors.store(texts.map { ($0, [0.6, 0.8]) }, model: model)
        }
        for (kind, text) in zip(kinds, texts) { try implementation.spoil(text, kind, folder.path) }
        try await implementation.opened(folder) { opened in
            let store = opened.stores.vectors
            let found = try await store.vectors(model: model, texts: texts)
            #expect(found.vectors == kinds.map { _ in nil } + [[0.6, 0.8]])
            #expect(found.damaged == Array(kinds.indices))
            try await store.forget(found.damaged.map { texts[$0] }, model: model)
            let gone = try await store.vectors(model: model, texts: texts)
            #expect(gone.vectors == found.vectors && gone.damaged.isEmpty)
            try await store.store(texts.map { ($0, [1, 0]) }, model: model)
            let again = try await store.vectors(model: model, texts: texts)
            #expect(again.vectors == kinds.map { _ in [1, 0] } + [[0.6, 0.8]])
            #expect(again.damaged.isEmpty)
        }
    }
}
