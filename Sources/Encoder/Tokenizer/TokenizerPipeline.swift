/// Any tokenizer of tokenizer.json: normalizer, pre-tokenizer, model, special tokens.
struct TokenizerPipeline: Sendable {
    func append(_ text: String, to identifiers: inout [Int32]) {}
}
