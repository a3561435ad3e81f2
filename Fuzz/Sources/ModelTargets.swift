@testable internal import Encoder
@testable internal import Pipeline
@testable internal import Records

extension Target {
    /// Readers of downloaded model folders, and of folders that an earlier run left.
    static var models: [Target] {
        [
            Target(name: "safetensors") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    accepted { () throws(Fault) in
                        let tensors = try Safetensors(MappedFile.ofModel(file.path), path: "fuzz")
                        for name in tensors.names.prefix(8) {
                            for shape in [[4], [2, 3], [1, 1, 2], [0]] {
                                let tensor = accepted { () throws(Fault) in
                                    try tensors.tensor(name, shape: shape)
                                }
                                guard let tensor else { continue }
                                var room = [Float](repeating: 0, count: tensor.count)
                                room.withUnsafeMutableBufferPointer { room in
                                    if let start = room.baseAddress {
                                        tensor.read(0..<tensor.count, into: start)
                                    }
                                }
                            }
                        }
                    }
                }
            },
            Target(name: "tokenizer") {
                return { bytes in
                    let tokenizer = accepted { () throws(Fault) in
                        try Tokenizer(json: bytes, path: "tokenizer.json", maximumTokens: 16)
                    }
                    if let tokenizer { check(tokenizer, maximum: 16) }
                }
            },
            Target(name: "model-folder") {
                let folder = try InputFolder([
                    "config.json", "modules.json", "sentence_bert_config.json",
                    "config_sentence_transformers.json", "1_Pooling/config.json",
                    "tokenizer_config.json", "tokenizer.json", "vocab.txt", "vocab.json",
                    "merges.txt",
                    "model.safetensors.index.json",
                ])
                return { bytes in
                    folder.fill(bytes)
                    accepted { () throws(Fault) in _ = try ModelPrompts(folder: folder.path) }
                    accepted { () throws(Fault) in _ = try WeightFiles(folder: folder.path) }
                    let settings = accepted { () throws(Fault) in
                        try ModelSettings(folder: folder.path)
                    }
                    let tokenizer = accepted { () throws(Fault) in
                        try Tokenizer(
                            folder: folder.path, maximumTokens: settings?.maximumTokens ?? 8)
                    }
                    if let tokenizer { check(tokenizer, maximum: tokenizer.maximumTokens) }
                }
            },
            Target(name: "manifest") {
                let folder = try InputFolder([Manifest.fileName])
                return { bytes in
                    folder.fill(Array("=== \(Manifest.fileName)\n".utf8) + bytes)
                    guard let manifest = Manifest.read(folder: folder.path) else { return }
                    _ = manifest.isIntact(folder: folder.path)
                    _ = manifest.identity
                    accepted { () throws(Fault) in
                        _ = try JSONFile.write(
                            try manifest.bytes(), to: "\(folder.path)/\(Manifest.fileName)")
                    }
                    law(
                        Manifest.read(folder: folder.path) == manifest,
                        "a manifest that is written reads back as it was")
                }
            },
        ]
    }

    private static let texts = [
        "", "See you at noon, Ann.", "naïve ﬁle \u{1F600}\u{200D}\u{1F600} 東京 ｶﾞ", " \t\n\u{A0} ",
        "<s>[MASK]</s> [CLS]", "e\u{301}\u{323}\u{FB1D}\u{1100}\u{1161}", "\u{0}\u{FFFD}\u{10FFFF}",
        "don't 1234567 ###", String(repeating: "loooong", count: 40),
    ]

    private static func check(_ tokenizer: Tokenizer, maximum: Int) {
        for text in texts {
            let identifiers = tokenizer.identifiers(text)
            law(identifiers.count <= maximum, "a text has no more tokens than the model takes")
            for identifier in identifiers {
                law(
                    identifier >= 0 && Int(identifier) < tokenizer.identifierCount,
                    "a token has a vector")
            }
        }
    }
}
