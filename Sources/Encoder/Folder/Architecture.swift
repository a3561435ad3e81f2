internal import Records

/// The families of transformers that are computed here: BERT's layers throughout, which differ in
/// how positions enter and in what their tensors are called.
///
/// Sources: Hugging Face transformers 5.23, models/{bert,distilbert,mpnet,roberta,xlm_roberta}/.
enum Architecture: String, Sendable, CaseIterable {
    case bert
    case distilbert
    case mpnet
    case roberta
    case xlmRoberta = "xlm-roberta"

    /// Whether a row of the token types' table is added to every token.
    var hasTokenTypes: Bool { self != .distilbert && self != .mpnet }

    /// Whether positions count from the padding's identifier on: padding itself stands there, the
    /// other tokens behind it.
    var countsFromPadding: Bool { self != .bert && self != .distilbert }

    /// What config.json calls the sizes.
    var sizeNames: SizeNames {
        self == .distilbert
            ? SizeNames(
                width: "dim", layers: "n_layers", heads: "n_heads", inner: "hidden_dim",
                activation: "activation")
            : SizeNames(
                width: "hidden_size", layers: "num_hidden_layers", heads: "num_attention_heads",
                inner: "intermediate_size", activation: "hidden_act")
    }

    struct SizeNames {
        var width, layers, heads, inner, activation: String
    }

    /// What the tensors of a layer are called behind its number.
    var layerNames: LayerNames {
        switch self {
        case .bert, .roberta, .xlmRoberta:
            LayerNames(
                layers: "encoder.layer.", queries: "attention.self.query",
                keys: "attention.self.key", values: "attention.self.value",
                projection: "attention.output.dense", projectionNorm: "attention.output.LayerNorm",
                inner: "intermediate.dense", outer: "output.dense", outerNorm: "output.LayerNorm")
        case .mpnet:
            LayerNames(
                layers: "encoder.layer.", queries: "attention.attn.q", keys: "attention.attn.k",
                values: "attention.attn.v", projection: "attention.attn.o",
                projectionNorm: "attention.LayerNorm", inner: "intermediate.dense",
                outer: "output.dense", outerNorm: "output.LayerNorm")
        case .distilbert:
            LayerNames(
                layers: "transformer.layer.", queries: "attention.q_lin", keys: "attention.k_lin",
                values: "attention.v_lin", projection: "attention.out_lin",
                projectionNorm: "sa_layer_norm", inner: "ffn.lin1", outer: "ffn.lin2",
                outerNorm: "output_layer_norm")
        }
    }

    struct LayerNames {
        var layers, queries, keys, values: String
        var projection, projectionNorm: String
        var inner, outer, outerNorm: String
    }
}
