import Records
import Testing

@testable import Encoder

/// Every refusal names the field or the file it is about.
struct LoadingTests {
    private func fault(_ model: TinyModel) throws -> Fault? {
        try model.withFolder { folder in
            do throws(Fault) {
                _ = try SentenceEncoder(folder: folder)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func `a sound folder loads`() throws {
        #expect(try fault(TinyModel()) == nil)
    }

    @Test(arguments: [
        ("model_type", "\"albert\""), ("hidden_act", "\"gelu_new\""), ("hidden_act", "\"relu\""),
        ("position_embedding_type", "\"relative_key\""), ("is_decoder", "true"),
        ("add_cross_attention", "true"), ("hidden_size", "40"), ("hidden_size", "-32"),
        ("num_attention_heads", "5"), ("num_attention_heads", "0"), ("intermediate_size", "60"),
        ("vocab_size", "0"), ("layer_norm_eps", "0"), ("num_hidden_layers", "0"),
        ("hidden_size", "\"32\""), ("num_hidden_layers", "1000000000"), ("hidden_size", "312"),
        ("hidden_size", "32.5"), ("layer_norm_eps", "\"small\""), ("type_vocab_size", "0"),
        ("max_position_embeddings", "2"), ("is_decoder", "1"), ("hidden_act", "7"),
    ])
    func `refuses a setting by the name of its field`(field: String, value: String) throws {
        var model = TinyModel()
        model.config[field] = value
        let fault = try #require(try fault(model))
        #expect(fault.kind == .configuration)
        #expect(fault.what.contains("'\(field)'"), "\(fault)")
    }

    @Test(arguments: [
        ("distilbert", "activation", "\"relu\""), ("distilbert", "dim", "40"),
        ("distilbert", "n_heads", "3"), ("distilbert", "hidden_dim", "60"),
        ("mpnet", "relative_attention_num_buckets", "16"),
        ("mpnet", "max_position_embeddings", "4"), ("roberta", "pad_token_id", "40"),
        ("xlm-roberta", "pad_token_id", "22"),
    ])
    func `refuses a relative's setting by the name of its field`(
        type: String, field: String, value: String
    ) throws {
        var model = TinyModel()
        model.config["model_type"] = "\"\(type)\""
        if type == "distilbert" {
            for (new, old) in [
                ("dim", "hidden_size"), ("n_layers", "num_hidden_layers"),
                ("n_heads", "num_attention_heads"), ("hidden_dim", "intermediate_size"),
                ("activation", "hidden_act"),
            ] {
                model.config[new] = model.config[old]
                model.config[old] = nil
            }
        }
        model.config[field] = value
        let fault = try #require(try fault(model))
        // Of the padding's row only the room it leaves for texts can be said.
        let named = field == "pad_token_id" && value == "22" ? "max_position_embeddings" : field
        #expect(fault.what.contains("'\(named)'"), "\(fault)")
    }

    @Test func `refuses other pooling and impossible lengths`() throws {
        var cases: [(TinyModel, String)] = []
        for name in ["max_tokens", "weightedmean_tokens", "cls_token"] {
            var model = TinyModel()
            model.pooling["pooling_mode_\(name)"] = "true"
            // With two ways at once the second is named.
            cases.append((model, "pooling_mode_\(name == "cls_token" ? "mean_tokens" : name)"))
        }
        var model = TinyModel()
        model.pooling["pooling_mode_mean_tokens"] = "false"
        cases.append((model, "pooling_mode_mean_tokens"))
        for mode in ["\"max\"", "\"weightedmean\"", "[\"cls\", \"mean\"]", "7"] {
            model = TinyModel()
            model.pooling["pooling_mode"] = mode
            cases.append((model, "pooling_mode"))
        }
        model = TinyModel()
        model.pooling["include_prompt"] = "\"no\""
        cases.append((model, "include_prompt"))
        for field in ["word_embedding_dimension", "embedding_dimension"] {
            model = TinyModel()
            model.pooling[field] = "384"
            cases.append((model, field))
        }
        for length in ["2", "25", "\"long\""] {
            model = TinyModel()
            model.sentence["max_seq_length"] = length
            cases.append((model, "max_seq_length"))
        }
        model = TinyModel()
        model.sentence["do_lower_case"] = "true"
        model.tokenizer["do_lower_case"] = "false"
        cases.append((model, "do_lower_case"))
        model = TinyModel()
        model.sentence["max_seq_length"] = nil
        model.tokenizer["model_max_length"] = "2"
        cases.append((model, "model_max_length"))
        for (model, field) in cases {
            let fault = try #require(try fault(model), "\(field) was accepted")
            #expect(fault.what.contains("'\(field)'"), "\(fault)")
        }
    }

    private func modules(_ types: [String], path: String = "1_Pooling") -> String {
        let entries = types.enumerated().map { index, type in
            "{\"idx\": \(index), \"path\": \"\(index == 1 ? path : "")\", "
                + "\"type\": \"sentence_transformers.models.\(type)\"}"
        }
        return "[\(entries.joined(separator: ", "))]"
    }

    @Test func `refuses modules it does not compute, and paths out of the folder`() throws {
        for (list, word) in [
            (modules(["Transformer", "Pooling", "Dense"]), "models.Dense"),
            (modules(["Transformer", "Pooling", "Normalize", "Dense"]), "models.Dense"),
            (modules(["Transformer", "Pooling", "LayerNorm"]), "models.LayerNorm"),
            (modules(["Pooling", "Transformer"]), "models.Pooling"),
            (modules(["StaticEmbedding"]), "models.StaticEmbedding"),
            (modules(["Transformer"]), "no Pooling"), ("[]", "no Pooling"),
            ("[{\"path\": \"\"}]", "'0.type'"),
            (modules(["Transformer", "Pooling"], path: "../1_Pooling"), "'1.path'"),
            (modules(["Transformer", "Pooling"], path: "/1_Pooling"), "'1.path'"),
            ("{}", "JSON"),
        ] {
            var model = TinyModel()
            model.extra["modules.json"] = list
            let fault = try #require(try fault(model), "\(word) was accepted")
            #expect(fault.what.contains(word) || word == "JSON", "\(fault)")
        }
    }

    @Test func `modules may lie in folders of their own`() throws {
        var model = TinyModel()
        model.extra["modules.json"] = modules(
            ["Transformer", "Pooling", "Normalize"], path: "other")
        model.extra["other/config.json"] = "{\"pooling_mode\": \"cls\"}"
        model.without = ["1_Pooling/config.json"]
        let cls = try model.withFolder {
            try SentenceEncoder(folder: $0).encode(["a b"], threads: 1)
        }
        let mean = try TinyModel().withFolder {
            try SentenceEncoder(folder: $0).encode(["a b"], threads: 1)
        }
        #expect(cls != mean)
    }

    @Test func `without any word of pooling the mean is taken, and said`() throws {
        var model = TinyModel()
        model.without = ["1_Pooling/config.json", "sentence_bert_config.json"]
        model.tokenizer["model_max_length"] = "20"
        let plain = try model.withFolder { folder in
            let encoder = try SentenceEncoder(folder: folder)
            #expect(encoder.kernelDescription.contains("mean pooling"))
            #expect(encoder.maximumTokens == 20)
            return try encoder.encode(["a b"], threads: 1)
        }
        let usual = try TinyModel().withFolder { folder in
            let encoder = try SentenceEncoder(folder: folder)
            #expect(!encoder.kernelDescription.contains("mean pooling"))
            return try encoder.encode(["a b"], threads: 1)
        }
        #expect(plain == usual)
    }

    @Test func `lowering case first is the same where the tokenizer lowers it anyway`() throws {
        var model = TinyModel()
        let text = "The A [SEP] [sep] BS"
        let usual = try model.withFolder { try SentenceEncoder(folder: $0).tokenIdentifiers(text) }
        model.sentence["do_lower_case"] = "true"
        let lowered = try model.withFolder {
            try SentenceEncoder(folder: $0).tokenIdentifiers(text)
        }
        #expect(lowered == usual)
    }

    @Test func `prefixed and older names of tensors give the same vectors`() throws {
        var model = TinyModel()
        let usual = try model.withFolder {
            try SentenceEncoder(folder: $0).encode(["a"], threads: 1)
        }
        model.prefix = "0.auto_model."
        model.hasOldNames = true
        let other = try model.withFolder {
            try SentenceEncoder(folder: $0).encode(["a"], threads: 1)
        }
        #expect(usual == other)
    }

    @Test func `the longest text is what the model has positions for, or less`() throws {
        for (limit, expected) in [("1e30", 24), ("1000000000000000019884624838656", 24), ("9", 9)] {
            var model = TinyModel()
            model.sentence["max_seq_length"] = nil
            model.tokenizer["model_max_length"] = limit
            let maximum = try model.withFolder { try SentenceEncoder(folder: $0).maximumTokens }
            #expect(maximum == expected)
            model.config["model_type"] = "\"roberta\""
            let other = try model.withFolder { try SentenceEncoder(folder: $0).maximumTokens }
            #expect(other == min(expected, 22))
        }
    }

    @Test func `refuses missing fields, tensors, other types, shapes and cut files`() throws {
        var model = TinyModel()
        model.config["hidden_size"] = nil
        #expect(try fault(model)?.what == "the field 'hidden_size' is missing")
        model = TinyModel()
        model.type = "I8"
        #expect(try fault(model)?.what.contains("'dtype' I8") == true)
        // Half as many bytes as the shape needs.
        model.type = "F16"
        #expect(try fault(model)?.what.contains("'data_offsets'") == true)
        model = TinyModel()
        model.leftOut = "encoder.layer.1.output.dense.bias"
        #expect(try fault(model)?.what.contains("encoder.layer.1.output.dense.bias") == true)
        model = TinyModel()
        model.config["intermediate_size"] = "128"
        #expect(try fault(model)?.what.contains("'shape'") == true)
        model = TinyModel()
        model.vocabulary += (0..<20).map { "w\($0)" }
        #expect(try fault(model)?.what.contains("'vocab_size'") == true)
    }

    @Test func `refuses a pickle, a shard that is missing and two towers`() throws {
        var model = TinyModel()
        model.without = ["model.safetensors"]
        model.extra["pytorch_model.bin"] = "PK"
        var fault = try #require(try fault(model))
        #expect(fault.what.contains("pickle") && fault.hint?.contains("save_pretrained") == true)
        model.extra = [
            "model.safetensors.index.json":
                "{\"weight_map\": {\"embeddings.LayerNorm.bias\": \"model-1.safetensors\"}}"
        ]
        fault = try #require(try self.fault(model))
        #expect(fault.what.contains("'model-1.safetensors'"))
        for (map, word) in [
            ("7", "'weight_map'"), ("{\"a\": \"../b\"}", "'weight_map.a'"),
            ("{\"a\": 7}", "'weight_map.a'"),
        ] {
            model.extra["model.safetensors.index.json"] = "{\"weight_map\": \(map)}"
            fault = try #require(try self.fault(model))
            #expect(fault.what.contains(word), "\(fault)")
        }
        model = TinyModel()
        model.prefix = "bert."
        #expect(try self.fault(model) == nil)
        model.leftOut = "embeddings.LayerNorm.bias"
        fault = try #require(try self.fault(model))
        #expect(fault.what.contains("'bert.embeddings.LayerNorm.bias'"))
    }

    @Test func `a prompt is the model's own, one of its list, or given`() throws {
        var model = TinyModel()
        let path = "config_sentence_transformers.json"
        model.extra[path] =
            "{\"prompts\": {\"query\": \"the \", \"document\": \"\", \"none\": null}, "
            + "\"default_prompt_name\": \"query\"}"
        try model.withFolder { folder in
            let own = try SentenceEncoder(folder: folder)
            let none = try SentenceEncoder(folder: folder, prompt: .named("document"))
            let given = try own.prompted(.text("a "))
            #expect([own, none, given].map(\.prompt) == ["the ", "", "a "])
            #expect(Set([own, none, given].map(\.fingerprint)).count == 3)
            #expect(try own.prompted(.named("none")).fingerprint == none.fingerprint)
            #expect(try given.prompted(.standard).fingerprint == own.fingerprint)
            let whole = try none.encode(["the b", "a b"], threads: 1)
            let parts = try own.encode(["b"], threads: 1) + given.encode(["b"], threads: 1)
            #expect(whole == parts)
            let fault = #expect(throws: Fault.self) { try own.prompted(.named("passage")) }
            #expect(fault?.why == "it has document, none, query")
            #expect(fault?.hint == "known here: document, none, query")
        }
        for (text, field) in [
            ("{\"prompts\": [1]}", "'prompts'"), ("{\"prompts\": {\"a\": 1}}", "'prompts.a'"),
            ("{\"default_prompt_name\": \"query\"}", "'default_prompt_name'"),
            ("{\"model_type\": \"SparseEncoder\"}", "'model_type'"),
        ] {
            model.extra[path] = text
            let fault = try #require(try fault(model))
            #expect(fault.what.contains(field), "\(fault)")
        }
    }

    @Test(arguments: [4, 1000, 50_000, 70_000, 84_000])
    func `a weights file cut short is refused, wherever it is cut`(bytes: Int) throws {
        var model = TinyModel()
        model.cut = bytes
        #expect(try fault(model) != nil)
    }

    @Test func `a folder that is not there is refused with its path`() {
        #expect(throws: Fault.self) { try SentenceEncoder(folder: "/nowhere/at/all") }
    }

    @Test func `the fingerprint follows weights, vocabulary and settings`() throws {
        var models = [TinyModel(), TinyModel(), TinyModel(), TinyModel()]
        models[1].seed = 2
        models[2].vocabulary.append("word")
        models[3].sentence["max_seq_length"] = "19"
        let prints = try models.map { model in
            try model.withFolder { try SentenceEncoder(folder: $0).fingerprint }
        }
        #expect(Set(prints).count == 4)
        #expect(prints.allSatisfy { $0.utf8.count == 64 })
        let again = try TinyModel().withFolder { try SentenceEncoder(folder: $0).fingerprint }
        #expect(again == prints[0])
    }
}
