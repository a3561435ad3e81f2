import FoundationEssentials

@testable import Encoder

/// Small models with random weights, and what sentence-transformers makes of them; written by
/// Benchmarks/embedding/make_tiny_models.py.
struct GoldenModels: Decodable {
    struct Model: Decodable {
        var folder: String
        var maximum: Int
        var runs: [Run]
    }

    struct Run: Decodable {
        /// A prompt's name; nil for the model's own.
        var prompt: String?
        /// A way of pooling instead of the folder's; nil for the folder's.
        var pooling: String?
        var rows: [Golden.Row]
    }

    var models: [Model]

    static let folder =
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden/Models"

    static func load() throws -> [Model] {
        let file = URL(filePath: folder + "/models.json")
        return try JSONDecoder().decode(GoldenModels.self, from: Data(contentsOf: file)).models
    }

    /// Copies a model, lets `change` alter the copy, hands it over and removes it.
    static func withCopy<Result>(
        of model: String, change: (URL) throws -> Void, body: (String) throws -> Result
    ) throws -> Result {
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "curate-golden-model-\(UUID().uuidString)")
        try FileManager.default.copyItem(
            at: URL(filePath: folder).appending(path: model), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        try change(copy)
        return try body(copy.path)
    }
}
