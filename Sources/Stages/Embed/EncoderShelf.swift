internal import Encoder
internal import Glibc
internal import Records
internal import Synchronization

/// The encoders of this process, each loaded once: a stage's fingerprint and its run share one.
enum EncoderShelf {
    private static let loaded = Mutex<[String: SentenceEncoder]>([:])

    /// The encoder of a model folder; loaded anew when the weights' file has changed.
    static func encoder(
        folder: String, _ precision: Precision = .fp32
    ) throws(Fault) -> SentenceEncoder {
        var status = stat()
        guard stat("\(folder)/model.safetensors", &status) == 0 else {
            throw Fault(
                .configuration, "the model has no weights", at: .file(folder),
                why: String(cString: strerror(errno)),
                hint: "`curate doctor` says how to get the model")
        }
        let key =
            "\(folder)\u{0}\(status.st_size)\u{0}\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            + "\u{0}\(precision)"
        return try loaded.withLock { shelf throws(Fault) in
            if let encoder = shelf[key] { return encoder }
            let encoder = try SentenceEncoder(folder: folder, precision: precision)
            shelf[key] = encoder
            return encoder
        }
    }
}
