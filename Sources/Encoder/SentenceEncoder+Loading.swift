internal import Records

extension SentenceEncoder {
    /// The folder's tokenizer, none of whose identifiers lies beyond the word vectors.
    static func tokenizer(_ settings: ModelSettings) throws(Fault) -> Tokenizer {
        let folder = settings.modules.transformerFolder
        let tokenizer = try Tokenizer(folder: folder, maximumTokens: settings.maximumTokens)
        try settings.check(tokenizerLowersCase: tokenizer.lowersCase)
        guard tokenizer.identifierCount <= settings.vocabulary else {
            throw Fault(
                .configuration, "the tokenizer has more tokens than 'vocab_size' says",
                at: .file(tokenizer.files.first ?? folder),
                why: "\(tokenizer.identifierCount) tokens, \(settings.vocabulary) vectors")
        }
        return tokenizer
    }

    static func mapped(_ paths: [String]) throws(Fault) -> [MappedFile] {
        try paths.map { path throws(Fault) in try MappedFile.ofModel(path) }
    }

    static func fingerprint(
        _ settings: ModelSettings, _ precision: Precision, _ files: [MappedFile]
    ) -> String {
        var hash = SHA256()
        hash.update("curate sentence encoder \(version)\n\(settings.canonical)\n")
        hash.update("precision=\(precision.rawValue)\n")
        for file in files {
            hash.update("\(file.bytes.count)\n")
            hash.update(file.bytes)
        }
        return hash.finish().hex
    }

    static func fingerprint(_ model: String, prompt: String) -> String {
        prompt.isEmpty ? model : SHA256.hash("\(model)\0prompt\0\(prompt)").hex
    }

    /// How many tokens of every text are its prompt's and left out of pooling: those before the
    /// last special one of the prompt alone, as sentence-transformers counts them.
    static func tokensToSkip(
        _ prompt: String, _ settings: ModelSettings, _ tokenizer: Tokenizer
    ) -> Int {
        guard !settings.modules.poolsPrompt, !prompt.isEmpty else { return 0 }
        return max(0, tokenizer.identifiers(prompt).count - 1)
    }

    /// The product for a model's four shapes, or why there is none.
    static func product(
        _ settings: ModelSettings, _ precision: Precision, _ library: GEMM.Library?,
        _ packing: Bool?
    ) -> Result<GEMM, Fault> {
        let shapes = [
            (settings.width, 3 * settings.width), (settings.width, settings.width),
            (settings.width, settings.innerWidth), (settings.innerWidth, settings.width),
        ]
        do throws(Fault) {
            return .success(
                try GEMM(
                    shapes: shapes, precision: precision, library: library, packs: packing))
        } catch {
            return .failure(error)
        }
    }
}
