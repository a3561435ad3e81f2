internal import Encoder
public import Pipeline
internal import Providers
public import Records
internal import Remote
internal import StageKit
internal import StoreProtocols

/// Gives every row a vector of length 1: rows that mean alike point alike.
///
/// ```yaml
/// - use: embed
///   model: models/all-MiniLM-L6-v2
/// ```
///
/// Two rows with equal texts get equal vectors, to the last bit; a shard's matrix is
/// `embeddings.npy`, one row of 32-bit floats for each record, in the records' order. With
/// `endpoint: {model: my-embedder}` the pipeline's provider is asked for them, and with
/// `distil: static` a table of token vectors stands in for the model.
public struct EmbedStage: Stage {
    public static let description = StageDescription(
        name: "embed", version: 3, role: .annotator,
        summary: "Writes a sentence vector beside every row.",
        method: """
            A sentence encoder of BERT's family (BERT, DistilBERT, MPNet, RoBERTa, XLM-RoBERTa) \
            with the pooling and the prompt its folder names, and length 1 (Reimers and Gurevych \
            2019), computed here; longer texts are cut at the model's limit, an empty text has \
            the vector of no words. With `precision: bf16` the factors of large products are \
            rounded to 16 bits and add up in 32. With `endpoint`, the provider's `/v1/embeddings`, \
            whose vectors are checked and brought to length 1. Vectors are kept in the workspace \
            by text and model; those of an endpoint may differ in their last bits when it is \
            asked anew. With `distil: static` every token of the model's vocabulary is embedded by \
            itself, once; the workspace keeps the table, brought to its principal components, and \
            a text's vector is the mean of its tokens' vectors, each weighted by how rare its \
            token is (Model2Vec, MinishLab 2024; Arora, Liang and Ma 2017), without its prompt and \
            unknown tokens; on 500 of the texts it is compared with the model itself, and how far \
            their cosines correlate and how many nearest texts are the same is said. A word that a \
            model of this machine has no token for is one and the same \
            unknown token to it, whatever the word: `unknown-words` says which rows have such \
            words (as a hash), in which script, and whether they are most of the text. Stages that \
            compare vectors pass those rows over, and semantic duplicates have the same unknown \
            words.
            """,
        cost: """
            All-MiniLM-L6-v2: 24,783 tweets in 77 s with two jobs on two cores of an AMD EPYC \
            (Zen 4), 160 texts a second and core; time grows with the words up to the model's \
            limit. The vectors take 4 bytes a dimension and row. With `endpoint`, a call for \
            every `batch` texts that are not stored yet. With `distil: static`, the model reads \
            its vocabulary once, as much work as 6,000 short texts for 30,522 tokens, and 500 \
            texts each time; the others take less than reading their rows.
            """,
        writes: Sidecar.embeddings, writesBeside: Sidecar.unknownWords,
        refusals: [
            .init(
                "not_embedded", "The endpoint can never take this text: it is empty, or too long.",
                isFailure: true)
        ])

    private let model: String
    private let precision: Precision
    private let prefix: String
    /// Of a prompt in the model's folder; empty for none.
    private let promptName: String?
    private let distil: Distil
    /// The length of a distilled model's vectors.
    private let distilledDimensions: Int?
    private let usesCache: Bool
    /// nil for a model of this machine.
    private let endpoint: EndpointEmbedder.Settings?
    private let seed: UInt64

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        seed = setup.seed
        model = settings.path(
            "model", EndpointEmbedder.offlineModel,
            help: "The model's folder, as Hugging Face serves it.")
        precision = settings.choice(
            "precision", .fp32,
            help: "How the model's products are multiplied; bf16 is 1.7 times as fast where the "
                + "processor has it, and moves no vector's direction by more than 0.0005 (cosine).")
        prefix = settings.string(
            "prefix", "",
            help: "Put before every text, for models that were trained with one; takes the place "
                + "of the model's own prompt.")
        promptName = settings.optionalString(
            "prompt",
            help: "The name of one of the prompts in the model's folder (query, passage …); its "
                + "default one unless given, none at all for \"\".")
        distil = settings.choice(
            "distil", .none,
            help: "`static` makes a table of token vectors of the model, once, and a text's vector "
                + "is their mean: in a sixtieth of the time, and less exact, as the stage's note "
                + "says. For duplicates, drift and first passes.")
        distilledDimensions = settings.optionalInteger(
            "dimensions", in: 1...16_384,
            help: "The length of a distilled model's vectors, at most the model's own; 256 or the "
                + "model's own unless given.")
        usesCache = settings.flag(
            "cache", true, help: "Keep vectors in the workspace for later runs.",
            affectsResult: false)
        let (isRemote, remote) = settings.optionalSection(
            "endpoint", help: "Ask the pipeline's provider instead of a model of this machine.")
        let name = remote.optionalString(
            "model", help: "The model's name there; the provider's unless given.")
        let dimensions = remote.optionalInteger(
            "dimensions", in: 1...65_536, help: "The length to ask for, where there is a choice.")
        let batch = remote.integer(
            "batch", 32, in: 1...2_048, help: "Texts in a call.", affectsResult: false)
        remote.finish()
        if isRemote, var provider = ProviderSettings.read(setup, settings, for: .embeddings) {
            provider.model = name ?? provider.model
            endpoint = EndpointEmbedder.Settings(
                provider: provider, dimensions: dimensions, batch: batch)
        } else {
            endpoint = nil
        }
        checkCombinations(settings, isRemote: isRemote)
    }

    /// Notes settings that mean nothing together.
    private func checkCombinations(_ settings: SettingsReader, isRemote: Bool) {
        if promptName != nil, !prefix.isEmpty {
            settings.fault("prompt", "`prompt` and `prefix` exclude each other")
        }
        if promptName != nil, isRemote {
            settings.fault(
                "prompt", "`prompt` is for models of this machine",
                hint: "an endpoint's models take `prefix`")
        }
        if distil == .static, isRemote {
            settings.fault(
                "distil", "`distil` is for models of this machine",
                hint: "it needs each token's vector; leave `endpoint` out")
        }
        if distil == .static, promptName != nil || !prefix.isEmpty {
            settings.fault(
                "distil", "`distil` excludes `prompt` and `prefix`",
                hint: "a mean of token vectors has no use for what stands before every text")
        }
        if distil == .none, distilledDimensions != nil {
            settings.fault(
                "dimensions", "`dimensions` is the length of a distilled model's vectors",
                hint: "set `distil: static`; for an endpoint's vectors, `endpoint.dimensions`")
        }
    }

    /// The folder's last component, or the name that the endpoint knows the model by.
    private var modelName: String {
        let name =
            endpoint?.provider.model ?? model.split(separator: "/").last.map(String.init) ?? model
        return distil == .static ? "\(name), distilled" : name
    }

    public var usesProvider: Bool { endpoint != nil }

    public var unready: Fault? { endpoint?.provider.unready }

    public func greet(_ context: RunContext) async -> Greeting {
        guard let provider = endpoint?.provider else { return Greeting() }
        return await provider.greet(context, seed: seed, makesVectors: true)
    }

    private func encoder() throws(Fault) -> SentenceEncoder {
        var prompt = SentenceEncoder.Prompt.standard
        if let promptName { prompt = promptName.isEmpty ? .text("") : .named(promptName) }
        if !prefix.isEmpty { prompt = .text(prefix) }
        return try EncoderCache.encoder(folder: model, prompt: prompt, precision)
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        guard let provider = endpoint?.provider else {
            let encoder = try encoder()
            let digest =
                distil == .static
                ? try Distilled(of: encoder, columns: distilledDimensions).fingerprint
                : encoder.fingerprint
            return [StageDependency(name: "model", digest: digest)]
        }
        var list = try provider.dependencies(seed: seed)
        if let fingerprint = try EndpointEmbedder.offlineFingerprint(provider) {
            list.append(StageDependency(name: "offline embedder", digest: fingerprint))
        }
        return list
    }

    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        var plan = StagePlan(rows: input.rows)
        guard let endpoint, let rows = input.rows else { return plan }
        plan.calls = (rows + endpoint.batch - 1) / endpoint.batch
        plan.promptTokens =
            rows
            * endpoint.provider.estimatedTokens([
                prefix + (input.example?.text ?? "A text of the dataset.")
            ])
        plan.stored = try storedShare(endpoint, input).map {
            Int((Double(plan.calls) * $0).rounded(.down))
        }
        plan.limits = try endpoint.provider.limits(seed: seed, input.answers)
        plan.costMicrounits = endpoint.provider.costMicrounits(
            promptTokens: plan.promptTokens, completionTokens: 0)
        plan.notes += endpoint.provider.priceNotes
        plan.notes.append("texts whose vectors the workspace holds cost nothing")
        return plan
    }

    /// Texts that are looked up for a plan.
    private static let plannedTexts = 1_000

    /// The share of the texts whose vectors are stored, 1 for all; nil when nobody can know.
    private func storedShare(
        _ endpoint: EndpointEmbedder.Settings, _ input: PlanInput
    ) throws(Fault) -> Double? {
        guard usesCache, let answers = input.answers else { return nil }
        var texts: [String] = []
        if let finished = input.finished {
            try finished.forEachRecord { record in
                if texts.count < Self.plannedTexts { texts.append(record.text) }
            }
        } else {
            texts = input.sample?.records.prefix(Self.plannedTexts).map(\.text) ?? []
        }
        if texts.isEmpty { return nil }
        let identity = try endpoint.provider.endpoint(seed: seed)
        let model = EmbedRun.key(
            try EndpointEmbedder.key(endpoint, "\(identity.name)\0\(identity.model)"),
            prefix: prefix)
        var held = 0
        for text in texts
        where try answers.holdsVector(
            of: SHA256.hash(prefix + text), model: model)
        { held += 1 }
        return Double(held) / Double(texts.count)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        if let endpoint {
            let tally = ask(endpoint, &graph)
            graph.finish(tally) { output, tally throws(Fault) in try finish(output, tally) }
        } else if distil == .static {
            distilSteps(&graph)
        } else {
            let tally = graph.map("encode", initial: EmbedTally(), columns: columns) {
                context throws(Fault) in
                let run = run(LocalEmbedder(encoder: try encoder()), context)
                return { block throws(Fault) in try await run.result(block) }
            }
            graph.finish(tally) { output, tally throws(Fault) in try finish(output, tally) }
        }
    }

    /// Without any row the model tells how long vectors are; of an endpoint's nothing does.
    private func columns(_ tally: EmbedTally) -> Int? {
        if let columns = tally.columns { return columns }
        guard endpoint == nil, let encoder = try? encoder() else { return 1 }
        let distilled =
            distil == .static ? try? Distilled(of: encoder, columns: distilledDimensions) : nil
        return distilled?.columns ?? encoder.dimension
    }

    private func ask(
        _ endpoint: EndpointEmbedder.Settings, _ graph: inout StepGraph
    ) -> StepValue<EmbedTally> {
        graph.mapLocally(
            "ask", initial: EmbedTally(columns: endpoint.dimensions), columns: columns
        ) { context throws(Fault) in
            let session = try ModelSession(endpoint.provider, context)
            let run = run(try EndpointEmbedder(endpoint, session, context), context)
            return BlockTask { block throws(Fault) in
                try await run.result(block)
            } end: { tally in
                if tally == nil {
                    session.say()
                } else {
                    ModelSession.finish([session], context)
                }
            }
        }
    }

    private func distilSteps(_ graph: inout StepGraph) {
        let table = graph.solve("distil") { context throws(Fault) -> StaticTable in
            try await Distilled(of: try encoder(), columns: distilledDimensions)
                .table(context, usesCache: usesCache)
        }
        let tally = graph.map("encode", table, initial: EmbedTally(), columns: columns) {
            context, table throws(Fault) in
            let distilled = try Distilled(of: try encoder(), columns: distilledDimensions)
            // To look a vector up takes longer than to compute it (docs/decisions/0029).
            let run = EmbedRun(try distilled.embedder(table), nil, prefix: "") {
                () throws(Fault) in try context.checkStop()
            }
            return { block throws(Fault) in
                var (result, tally) = try await run.result(block)
                tally.sample = TextSample(block.rows) { id in
                    var draws = context.draws(id, "sample")
                    return draws.next()
                }
                return (result, tally)
            }
        }
        let loss = graph.solve("loss", table, tally) { context, table, tally throws(Fault) in
            try await measureLoss(context, table, tally.sample.texts)
        }
        graph.finish(tally, table, loss) { output, tally, table, loss throws(Fault) in
            output.note(
                "distilled from \(NumberFormat.number(table.tokens)) tokens: \(loss.sentence)")
            output.count("compared_texts", Double(loss.texts))
            if let correlation = loss.correlation {
                output.count("cosine_correlation", correlation)
            }
            if let kept = loss.neighboursKept { output.count("neighbours_kept", kept) }
            try finish(output, tally, loss: loss)
        }
    }

    private func measureLoss(
        _ context: StageContext, _ table: StaticTable, _ texts: [String]
    ) async throws(Fault) -> DistillationLoss {
        let teacher = try encoder()
        let run = run(LocalEmbedder(encoder: teacher), context)
        let size = 64
        let parts = stride(from: 0, to: texts.count, by: size).map {
            Array(texts[$0..<min($0 + size, texts.count)])
        }
        let vectors = try await Parallel.map(parts, limit: context.jobs) { part throws(Fault) in
            try await run.vectors(of: part).compactMap { $0 }
        }
        let encoder = try StaticEncoder(table, teacher: teacher)
        let (own, _) = encoder.encode(texts)
        let width = encoder.dimension
        return try DistillationLoss(
            student: texts.indices.map { Array(own[$0 * width..<($0 + 1) * width]) },
            teacher: Array(vectors.joined()))
    }

    private func run(_ embedder: any Embedder, _ context: StageContext) -> EmbedRun {
        EmbedRun(
            // A model of this machine puts the prefix before the texts itself.
            embedder, usesCache ? context.vectors : nil, prefix: endpoint == nil ? "" : prefix
        ) { () throws(Fault) in try context.checkStop() }
    }

    private func finish(
        _ output: StageOutput, _ tally: EmbedTally, loss: DistillationLoss? = nil
    ) throws(Fault) {
        if endpoint == nil {
            let kernels = try encoder().kernelDescription
            output.note("the vectors come from \(modelName), computed by \(kernels)")
            output.count(.tokens, Double(tally.tokens))
        }
        var about = JSONObject()
        about["model"] = .string(modelName)
        about["dimensions"] = tally.columns.map { .integer($0) } ?? .null
        if let loss {
            about["compared_texts"] = .integer(loss.texts)
            about["cosine_correlation"] = loss.correlation.map { .number($0) } ?? .null
            about["neighbours_kept"] = loss.neighboursKept.map { .number($0) } ?? .null
        }
        try output.write(about.bytes + [UInt8(ascii: "\n")], to: "model.json")
        if let note = tally.unknown.embedNote { output.note(note) }
        output.count(.cached, Double(tally.cached))
        output.count("embedded", Double(tally.embedded))
        if tally.damaged > 0 {
            output.count("damaged", Double(tally.damaged))
            output.remark(
                "\(NumberFormat.count(tally.damaged, "stored vector")) damaged, computed anew")
        }
    }
}
