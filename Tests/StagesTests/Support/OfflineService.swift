import ModelServer
import Pipeline
import Records

/// The real offline server on a free port of this machine, for the length of a test.
enum OfflineService {
    private static let grammars = Result {
        try GrammarLibrary(folder: ResourceFolder.path("templates/grammars"))
    }
    private static let lexicons = Result {
        try Lexicons(folder: ResourceFolder.path("corpora/lexicons/moderation-18"))
    }

    /// The provider and the taxonomy of the tests, as the head of a pipeline file.
    static let head = """
        provider: offline
        taxonomy: \(ResourceFolder.path("pipelines/taxonomies/moderation-18.yaml"))
        """

    typealias Embedder = @Sendable ([String]) throws -> [[Float]]

    static func run<Value>(
        seed: UInt64 = 7, _ change: (inout SimulatedFaults) -> Void = { _ in },
        _ body: ([String: String]) async throws -> Value
    ) async throws -> Value {
        var faults = SimulatedFaults()
        change(&faults)
        return try await run(seed, faults, nil, body)
    }

    static func run<Value>(
        embedder: @escaping Embedder, _ body: ([String: String]) async throws -> Value
    ) async throws -> Value {
        try await run(7, SimulatedFaults(), embedder, body)
    }

    private static func run<Value>(
        _ seed: UInt64, _ faults: SimulatedFaults, _ embedder: Embedder?,
        _ body: ([String: String]) async throws -> Value
    ) async throws -> Value {
        let server = OfflineModelServer(
            .init(
                seed: seed, grammars: try grammars.get(), lexicons: try lexicons.get(),
                embedder: embedder, faults: faults))
        let port = try await server.start()
        do {
            let value = try await body(["offline": "http://127.0.0.1:\(port)/v1"])
            await server.stop()
            return value
        } catch {
            await server.stop()
            throw error
        }
    }
}

/// The number a stage left in its statistics.
func counter(_ name: String, _ run: StageHarness.Run) throws -> Double? {
    number(name, try run.last)
}

/// The number that the stage of a result left in its statistics.
func number(_ name: String, _ result: StageHarness.Result) -> Double? {
    result.stage.statistics.numbers.first { $0.name == name }?.value
}
