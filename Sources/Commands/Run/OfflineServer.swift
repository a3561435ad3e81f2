internal import Encoder
internal import ModelServer
internal import Pipeline
internal import Providers
internal import Records
internal import Stages
internal import Synchronization

/// The model that stands in when a pipeline says `provider: offline`: a server of our own on this
/// machine, for as long as a run lasts.
enum OfflineServer {
    /// - Parameter port: 0 for any free one.
    static func make(seed: UInt64, port: UInt16 = 0) throws(Fault) -> OfflineModelServer {
        let loaded = LazyEmbedder()
        let embedder: @Sendable ([String]) throws -> [[Float]] = { texts in
            try loaded.vectors(of: texts)
        }
        return OfflineModelServer(
            OfflineModelServer.Settings(
                seed: seed,
                grammars: try GrammarLibrary(
                    folder: ResourceFolder.path(OfflineProvider.grammars)),
                lexicons: try Lexicons(folder: ResourceFolder.path(OfflineProvider.lexicons)),
                embedder: LazyEmbedder.isThere ? embedder : nil,
                port: port))
    }

    static func baseURL(port: UInt16) -> String { "http://127.0.0.1:\(port)/v1" }

    /// Runs `body` while the server answers, and stops it whatever happens.
    static func serving<Result>(
        seed: UInt64, _ body: (_ baseURL: String) async throws(Fault) -> Result
    ) async throws(Fault) -> Result {
        let server = try make(seed: seed)
        let url = baseURL(port: try await server.start())
        do throws(Fault) {
            let result = try await body(url)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}

/// The sentence encoder, loaded at the first request for vectors: most runs make none here.
private final class LazyEmbedder: Sendable {
    private let encoder = Mutex<SentenceEncoder?>(nil)

    private static var folder: String { ResourceFolder.path("models/all-MiniLM-L6-v2") }
    static var isThere: Bool { Paths.exists(folder + "/model.safetensors") }

    func vectors(of texts: [String]) throws(Fault) -> [[Float]] {
        let encoder = try encoder.withLock { loaded throws(Fault) -> SentenceEncoder in
            if let loaded { return loaded }
            let new = try SentenceEncoder(folder: Self.folder)
            loaded = new
            return new
        }
        let all = try encoder.encode(texts, threads: 1)
        return texts.indices.map {
            Array(all[$0 * encoder.dimension..<($0 + 1) * encoder.dimension])
        }
    }
}
