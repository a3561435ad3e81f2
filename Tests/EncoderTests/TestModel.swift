import FoundationEssentials

@testable import Encoder

/// The real model, where this machine has it.
///
/// Looked for in `CURATE_MODELS`, then in the nearest folder `models` above this file. Tests that
/// need it are skipped without it, for it is not part of the repository.
enum TestModel {
    static let folder: String? = {
        var candidates: [String] = []
        if let models = ProcessInfo.processInfo.environment["CURATE_MODELS"] {
            candidates.append(models)
        }
        var parent = URL(filePath: #filePath)
        while parent.path != "/" {
            parent = parent.deletingLastPathComponent()
            candidates.append(parent.path + "/models")
        }
        return candidates.map { $0 + "/all-MiniLM-L6-v2" }
            .first { fileExists($0 + "/model.safetensors") }
    }()

    static var isThere: Bool { folder != nil }

    static let encoder: Result<SentenceEncoder, any Error> = Result {
        try SentenceEncoder(folder: folder ?? "")
    }
}
