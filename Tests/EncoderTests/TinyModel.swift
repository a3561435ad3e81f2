import FoundationEssentials
import Records

/// A model folder with random weights, small enough to write in a test: it obeys the same laws as
/// a real one, and its files can be broken one at a time.
struct TinyModel {
    var config: [String: String] = [
        "model_type": "\"bert\"", "hidden_act": "\"gelu\"", "hidden_size": "32",
        "num_hidden_layers": "2", "num_attention_heads": "4", "intermediate_size": "64",
        "vocab_size": "40", "max_position_embeddings": "24", "type_vocab_size": "2",
        "layer_norm_eps": "1e-12", "position_embedding_type": "\"absolute\"",
    ]
    var pooling = ["word_embedding_dimension": "32", "pooling_mode_mean_tokens": "true"]
    var sentence = ["max_seq_length": "20", "do_lower_case": "false"]
    var tokenizer = ["do_lower_case": "true", "strip_accents": "null"]
    var vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "##s", "##ing", ".", ","]
        + "abcdefghijklmnopqrst".map(String.init)
    /// The dtype each tensor claims.
    var type = "F32"
    var leftOut: String?
    /// What stands before every tensor's name.
    var prefix = ""
    /// Whether layer norms have the names that TensorFlow gave them.
    var hasOldNames = false
    /// More files, by their path in the folder; a path of the others replaces that file.
    var extra: [String: String] = [:]
    /// Files that are not written after all.
    var without: Set<String> = []
    /// Bytes cut off the end of the weights file.
    var cut = 0
    var seed: UInt64 = 1

    private var shapes: [(name: String, shape: [Int])] {
        var shapes: [(name: String, shape: [Int])] = [
            ("embeddings.word_embeddings.weight", [40, 32]),
            ("embeddings.position_embeddings.weight", [24, 32]),
            ("embeddings.token_type_embeddings.weight", [2, 32]),
            ("embeddings.LayerNorm.weight", [32]), ("embeddings.LayerNorm.bias", [32]),
        ]
        for layer in 0..<2 {
            let name = "encoder.layer.\(layer)."
            for part in ["attention.self.query", "attention.self.key", "attention.self.value"] {
                shapes += [(name + part + ".weight", [32, 32]), (name + part + ".bias", [32])]
            }
            for (part, outputs, inputs) in [
                ("attention.output.dense", 32, 32), ("intermediate.dense", 64, 32),
                ("output.dense", 32, 64),
            ] {
                shapes += [
                    (name + part + ".weight", [outputs, inputs]),
                    (name + part + ".bias", [outputs]),
                ]
            }
            for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
                shapes += [(name + part + ".weight", [32]), (name + part + ".bias", [32])]
            }
        }
        return shapes.filter { $0.name != leftOut }.map { (prefix + $0.name, $0.shape) }
    }

    private func weights() -> [UInt8] {
        var draws = CounterRNG(seed: seed, purpose: "tiny-model")
        var header: [String] = ["\"__metadata__\":{\"format\":\"pt\"}"]
        var data: [UInt8] = []
        for (name, shape) in shapes {
            let from = data.count
            for _ in 0..<shape.reduce(1, *) {
                let value = Float(draws.unit()) - 0.5 + (name.hasSuffix("Norm.weight") ? 1 : 0)
                withUnsafeBytes(of: value) { data += $0 }
            }
            var written = name
            if hasOldNames {
                for (new, old) in [("Norm.weight", "Norm.gamma"), ("Norm.bias", "Norm.beta")]
                where name.hasSuffix(new) { written = name.dropLast(new.count) + old }
            }
            header.append(
                "\"\(written)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),"
                    + "\"data_offsets\":[\(from),\(data.count)]}")
        }
        var text = Array("{\(header.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        return Array((length + text + data).dropLast(cut))
    }

    /// Writes the folder, hands it over and removes it.
    func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let name = "curate-tiny-model-\(UUID().uuidString)"
        let folder = FileManager.default.temporaryDirectory.appending(path: name)
        try FileManager.default.createDirectory(
            at: folder.appending(path: "1_Pooling"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ file: String, _ fields: [String: String]) throws {
            let lines = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
            let text = "{\(lines.joined(separator: ", "))}"
            try Data(text.utf8).write(to: folder.appending(path: file))
        }
        try write("config.json", config)
        try write("1_Pooling/config.json", pooling)
        try write("sentence_bert_config.json", sentence)
        try write("tokenizer_config.json", tokenizer)
        let lines = vocabulary.joined(separator: "\n") + "\n"
        try Data(lines.utf8).write(to: folder.appending(path: "vocab.txt"))
        try Data(weights()).write(to: folder.appending(path: "model.safetensors"))
        for (file, text) in extra {
            let path = folder.appending(path: file)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }
        for file in without {
            try FileManager.default.removeItem(at: folder.appending(path: file))
        }
        return try body(folder.path)
    }
}
