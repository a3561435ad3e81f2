internal import Encoder
internal import Glibc
internal import Records
internal import Synchronization

/// The encoders of this process, each loaded once: a stage's fingerprint and its run share one.
enum EncoderCache {
    private static let loaded = Mutex<[String: SentenceEncoder]>([:])

    /// Files of which a model folder has at least one of the first three.
    private static let files = [
        "model.safetensors", "config.json", "modules.json", "model.safetensors.index.json",
        "tokenizer.json", "vocab.txt",
    ]

    /// The encoder of a model folder; loaded anew when its files have changed.
    ///
    /// Encoders of one folder with different prompts share the weights.
    static func encoder(
        folder: String, prompt: SentenceEncoder.Prompt = .standard,
        _ precision: Precision = .fp32
    ) throws(Fault) -> SentenceEncoder {
        let stamps = files.map { stamp("\(folder)/\($0)") }
        guard stamps.prefix(3).contains(where: { $0 != nil }) else {
            throw Fault(
                .configuration, "the model has no weights", at: .file(folder),
                why: String(cString: strerror(ENOENT)),
                hint: "`curate doctor` says how to get the model")
        }
        let key = ([folder, precision.rawValue] + stamps.map { $0 ?? "-" }).joined(separator: "\0")
        let encoder = try loaded.withLock { shelf throws(Fault) in
            if let encoder = shelf[key] { return encoder }
            let encoder = try SentenceEncoder(folder: folder, precision: precision)
            shelf[key] = encoder
            return encoder
        }
        return prompt == .standard ? encoder : try encoder.prompted(prompt)
    }

    /// The size and time of a file; nil when it is not there.
    private static func stamp(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
