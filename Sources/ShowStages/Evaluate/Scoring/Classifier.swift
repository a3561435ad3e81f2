internal import FoundationEssentials
internal import Pipeline
internal import Records
internal import Vectors

/// The content of `classifier.json`: the linear models of an evaluation, for rows of elsewhere.
struct Classifier: Codable, Sendable, Equatable {
    static let name = "classifier.json"

    /// What made the vectors that the models read.
    struct Embedder: Codable, Sendable, Equatable {
        var model: String
        /// Of the model and of what is put before a text; nil for an endpoint's model.
        var digest: String?
    }

    /// One category's model: p = 1 / (1 + e^-(w·x + b)), or a constant where train had one label.
    struct Head: Codable, Sendable, Equatable {
        var category: String
        var intercept: Double
        var weights: [Double]
        var constant: Double?
    }

    /// The layout of this file.
    var version = 1
    /// Nil when no stage before made vectors.
    var embedder: Embedder?
    var dimensions: Int
    var heads: [Head]

    init(_ categories: [String], _ models: OneVersusRest, _ history: [FinishedStage]) {
        embedder = Self.embedder(history)
        dimensions = models.models.first?.weights.count ?? 0
        heads = zip(categories, models.models).map { category, model in
            Head(
                category: category, intercept: model.intercept, weights: model.weights,
                constant: model.constant)
        }
    }

    /// - Throws: `configuration` when there is no such file, `badData` for one of another form.
    init(path: String) throws(Fault) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Fault(
                .configuration, "the release holds no model", at: .file(path),
                hint: "`evaluate` publishes \(Self.name) with a release")
        }
        guard let read = try? JSONDecoder().decode(Classifier.self, from: data), read.version == 1,
            read.heads.allSatisfy({ $0.weights.count == read.dimensions })
        else {
            throw Fault(
                .badData, "the file holds no model of this version of `evaluate`",
                at: .file(path))
        }
        self = read
    }

    var models: [LogisticModel] {
        heads.map { head in
            head.constant.map { LogisticModel(constant: $0, columns: dimensions) }
                ?? LogisticModel(weights: head.weights, intercept: head.intercept)
        }
    }

    /// What made the vectors of a run, as far as its stages say.
    static func embedder(_ history: [FinishedStage]) -> Embedder? {
        guard let stage = history.last(where: { $0.manifest.use == "embed" }),
            let file = stage.extra("model.json"),
            let about = try? JSONDecoder().decode(EmbeddingModel.self, from: Data(file))
        else { return nil }
        let settings = stage.manifest.settings
        let digest = stage.manifest.inputs["model"].map { model in
            let prompt = ["prefix", "prompt"].map { settings[$0] ?? "" }.joined(separator: "\0")
            return SHA256.hash("\(model)\0\(prompt)").hex
        }
        return Embedder(model: about.model, digest: digest)
    }

    /// - Throws: `configuration` when the rows' vectors are of another model or length.
    func check(_ history: [FinishedStage], columns: Int, path: String) throws(Fault) {
        if columns != dimensions {
            throw Fault(
                .configuration, "the rows' vectors and the release's model differ in length",
                at: .file(path), why: "\(columns) and \(dimensions) numbers",
                hint: embedder.map { "embed the rows with \($0.model)" })
        }
        guard let own = Self.embedder(history), let embedder, own != embedder else { return }
        throw Fault(
            .configuration, "the rows' vectors are not of the model that the release read",
            at: .file(path),
            why: own.model == embedder.model
                ? "\(own.model) has other weights, or another `prefix` or `prompt`"
                : "\(own.model) instead of \(embedder.model)",
            hint: "give `embed` the settings of the release's pipeline")
    }
}
