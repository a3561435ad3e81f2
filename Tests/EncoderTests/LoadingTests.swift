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
        ("model_type", "\"roberta\""), ("hidden_act", "\"gelu_new\""),
        ("position_embedding_type", "\"relative_key\""), ("is_decoder", "true"),
        ("add_cross_attention", "true"), ("hidden_size", "40"), ("hidden_size", "-32"),
        ("num_attention_heads", "5"), ("num_attention_heads", "0"), ("intermediate_size", "60"),
        ("vocab_size", "0"), ("layer_norm_eps", "0"), ("num_hidden_layers", "0"),
        ("hidden_size", "\"32\""), ("num_hidden_layers", "1000000000"),
    ])
    func `refuses a setting by the name of its field`(field: String, value: String) throws {
        var model = TinyModel()
        model.config[field] = value
        let fault = try #require(try fault(model))
        #expect(fault.kind == .configuration)
        #expect(fault.what.contains("'\(field)'"), "\(fault)")
    }

    @Test func `refuses other pooling, cased tokenizers and impossible lengths`() throws {
        var cases: [(TinyModel, String)] = []
        var model = TinyModel()
        model.pooling["pooling_mode_cls_token"] = "true"
        cases.append((model, "pooling_mode_cls_token"))
        model = TinyModel()
        model.pooling["pooling_mode_mean_tokens"] = "false"
        cases.append((model, "pooling_mode_mean_tokens"))
        model = TinyModel()
        model.pooling["pooling_mode"] = "\"max\""
        cases.append((model, "pooling_mode"))
        model = TinyModel()
        model.pooling["word_embedding_dimension"] = "384"
        cases.append((model, "word_embedding_dimension"))
        model = TinyModel()
        model.tokenizer["do_lower_case"] = "false"
        cases.append((model, "do_lower_case"))
        model = TinyModel()
        model.tokenizer["strip_accents"] = "false"
        cases.append((model, "strip_accents"))
        for length in ["2", "25"] {
            model = TinyModel()
            model.sentence["max_seq_length"] = length
            cases.append((model, "max_seq_length"))
        }
        for (model, field) in cases {
            let fault = try #require(try fault(model), "\(field) was accepted")
            #expect(fault.what.contains("'\(field)'"), "\(fault)")
        }
    }

    @Test func `refuses missing fields, tensors, other types, shapes and cut files`() throws {
        var model = TinyModel()
        model.config["hidden_size"] = nil
        #expect(try fault(model)?.what == "the field 'hidden_size' is missing")
        model = TinyModel()
        model.type = "F16"
        #expect(try fault(model)?.what.contains("'dtype' F16") == true)
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
