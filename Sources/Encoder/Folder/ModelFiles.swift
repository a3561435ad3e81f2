/// config.json, in Hugging Face's own names.
struct BertConfig: Decodable {
    var model_type: String
    var hidden_act: String
    var hidden_size: Int
    var num_hidden_layers: Int
    var num_attention_heads: Int
    var intermediate_size: Int
    var vocab_size: Int
    var max_position_embeddings: Int
    var type_vocab_size: Int
    var layer_norm_eps: Float
    var position_embedding_type: String?
    var is_decoder: Bool?
    var add_cross_attention: Bool?
}

/// sentence_bert_config.json of sentence-transformers.
struct SentenceConfig: Decodable {
    var max_seq_length: Int?
    var do_lower_case: Bool?
}

/// tokenizer_config.json; tokenizer.json is not read, for its truncation and padding are those of
/// whoever saved it and sentence-transformers replaces both.
struct TokenizerConfig: Decodable {
    var do_lower_case: Bool?
    var strip_accents: Bool?
    var tokenize_chinese_chars: Bool?
    var do_basic_tokenize: Bool?
}

/// One entry of modules.json.
struct Module: Decodable {
    var type: String
}

/// One value of 1_Pooling/config.json.
enum PoolingValue: Decodable, Equatable {
    case flag(Bool)
    case number(Int)
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else {
            self = .other
        }
    }
}
