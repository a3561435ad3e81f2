internal import Records

/// What a model folder's small JSON files say, checked against what this encoder can do.
///
/// Whatever would silently give other vectors (another activation, another pooling, a layer more)
/// is refused by the name of its field.
struct ModelSettings: Sendable {
    let architecture: Architecture
    /// Width of a token's vector and of the sentence's.
    let width: Int
    let layers: Int
    let heads: Int
    /// Width of the feed-forward layer.
    let innerWidth: Int
    let vocabulary: Int
    /// Rows of the table of positions.
    let positions: Int
    /// Rows of the table of token types; 0 for a model without.
    let tokenTypes: Int
    /// Rows of the table of relative positions; 0 for a model without.
    let buckets: Int
    let normEpsilon: Float
    /// The token that does not move the positions of those behind it; nil where positions simply
    /// count from 0.
    let padding: Int32?
    /// Most tokens of a text, [CLS] and [SEP] included; what is longer is cut.
    let maximumTokens: Int
    let modules: SentenceModules
    /// sentence_bert_config.json.
    private let sentence: ModelFields

    var headWidth: Int { width / heads }

    /// The settings in one line of fixed form, for the fingerprint.
    var canonical: String {
        "\(architecture.rawValue) width=\(width) layers=\(layers) heads=\(heads) "
            + "inner=\(innerWidth) vocabulary=\(vocabulary) positions=\(positions) "
            + "types=\(tokenTypes) buckets=\(buckets) epsilon=\(normEpsilon.bitPattern) "
            + "padding=\(padding.map { "\($0)" } ?? "-") tokens=\(maximumTokens) "
            + "gelu=erf pooling=\(modules.pooling.rawValue) norm=l2"
    }

    init(folder: String) throws(Fault) {
        modules = try SentenceModules(folder: folder)
        let config = try ModelFields(path: modules.transformerFolder + "/config.json")
        architecture = try Self.architecture(config)
        let names = architecture.sizeNames
        width = try config.whole(names.width, in: 16...8192)
        layers = try config.whole(names.layers, in: 1...128)
        heads = try config.whole(names.heads, in: 1...128)
        innerWidth = try config.whole(names.inner, in: 16...65536)
        vocabulary = try config.whole("vocab_size", in: 1...2_000_000)
        positions = try config.whole("max_position_embeddings", in: 3...65536)
        tokenTypes =
            architecture.hasTokenTypes
            ? try config.whole("type_vocab_size", in: 1...1024, default: 2) : 0
        // The buckets' function has 32 of them whatever the table's size (modeling_mpnet.py).
        buckets =
            architecture == .mpnet
            ? try config.whole(
                "relative_attention_num_buckets", in: RelativeBias.buckets...4096,
                default: RelativeBias.buckets) : 0
        let epsilon =
            architecture == .distilbert ? 1e-12 : try config.real("layer_norm_eps", default: 1e-12)
        normEpsilon = Float(epsilon)
        try config.refuse(!(normEpsilon > 0 && normEpsilon < 1), "layer_norm_eps")
        padding = try Self.padding(architecture, config, vocabulary: vocabulary)
        try Self.check(config, names, width, innerWidth, heads)
        try modules.check(width: width)
        sentence = try Self.sentence(modules.transformerFolder)
        // Positions count from behind the padding's.
        let room = positions - (padding.map { Int($0) + 1 } ?? 0)
        try config.refuse(room < 3, "max_position_embeddings")
        maximumTokens = try Self.maximumTokens(sentence, modules.transformerFolder, room: room)
    }

    /// Lets `do_lower_case` pass where the tokenizer lowers all case itself.
    ///
    /// sentence-transformers then lowers it before all else, which changes nothing for BERT's
    /// normalizer (tried on every scalar with tokenizers 0.23), but would for a cased one.
    func check(tokenizerLowersCase: Bool) throws(Fault) {
        let asked = try sentence.flag("do_lower_case", default: false)
        try sentence.refuse(asked && !tokenizerLowersCase, "do_lower_case")
    }

    private static func sentence(_ folder: String) throws(Fault) -> ModelFields {
        let kinds = [
            "bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet",
        ]
        let paths = kinds.map { "\(folder)/sentence_\($0)_config.json" }
        return try ModelFields.ifPresent(paths.first(where: fileExists) ?? paths[0])
    }

    private static func architecture(_ config: ModelFields) throws(Fault) -> Architecture {
        let type = try config.text("model_type")
        guard let architecture = Architecture(rawValue: type) else {
            throw config.refusal("model_type", type)
        }
        return architecture
    }

    private static func padding(
        _ architecture: Architecture, _ config: ModelFields, vocabulary: Int
    ) throws(Fault) -> Int32? {
        guard architecture.countsFromPadding else { return nil }
        // Fixed in modeling_mpnet.py, whatever config.json says.
        if architecture == .mpnet { return 1 }
        return Int32(try config.whole("pad_token_id", in: 0...vocabulary - 1, default: 1))
    }

    private static func check(
        _ config: ModelFields, _ names: Architecture.SizeNames, _ width: Int, _ inner: Int,
        _ heads: Int
    ) throws(Fault) {
        let activation = try config.text(names.activation, default: "gelu")
        try config.refuse(activation != "gelu", names.activation)
        let position = try config.text("position_embedding_type", default: "absolute")
        try config.refuse(position != "absolute", "position_embedding_type")
        for field in ["is_decoder", "add_cross_attention"] {
            try config.refuse(try config.flag(field, default: false), field)
        }
        // The kernels step by 16.
        try config.refuse(width % 16 != 0, names.width)
        try config.refuse(inner % 16 != 0, names.inner)
        try config.refuse(width % heads != 0, names.heads)
    }

    /// What sentence-transformers takes: its own setting, or else the tokenizer's and the model's
    /// limit, whichever is less.
    private static func maximumTokens(
        _ sentence: ModelFields, _ folder: String, room: Int
    ) throws(Fault) -> Int {
        if sentence["max_seq_length"] != nil {
            return try sentence.whole("max_seq_length", in: 3...room)
        }
        let tokenizer = try ModelFields.ifPresent(folder + "/tokenizer_config.json")
        // "No limit" is written as 10 to the 30th.
        let limit = try tokenizer.real("model_max_length", default: 1e30)
        try tokenizer.refuse(!(limit >= 3), "model_max_length")
        return min(room, limit < 1e9 ? Int(limit) : room)
    }
}
