internal import Records

/// The tokens that a reply says it used; nil is unsaid, and nonsense counts as unsaid.
///
/// A prompt of no tokens is nonsense: servers that do not count write 0 for both.
struct TokenUsage: Sendable, Equatable {
    /// Everything the model read, from a cache or not.
    var prompt: Int?
    /// Everything it wrote, hidden reasoning included.
    var completion: Int?
    /// Of `prompt`: read from the provider's cache.
    var cached = 0
    /// Of `prompt`: written to the provider's cache.
    var written = 0
    /// Of `completion`: reasoning that is not in the answer.
    var reasoning = 0

    init(prompt: Int? = nil, completion: Int? = nil) {
        self.prompt = prompt
        self.completion = completion
    }

    /// OpenAI's `usage`: what was cached is a part of the prompt tokens.
    init(openAI usage: JSONValue?) {
        prompt = Self.count(usage?["prompt_tokens"])
        completion = Self.count(usage?["completion_tokens"])
        dropUncounted()
        let input = usage?["prompt_tokens_details"]
        cached = min(Self.count(input?["cached_tokens"]) ?? 0, prompt ?? 0)
        written = min(Self.count(input?["cache_write_tokens"]) ?? 0, (prompt ?? 0) - cached)
        let output = usage?["completion_tokens_details"]
        reasoning = min(Self.count(output?["reasoning_tokens"]) ?? 0, completion ?? 0)
    }

    /// Anthropic's `usage`: `input_tokens` leaves out what was read from or written to a cache.
    init(anthropic usage: JSONValue?) {
        completion = Self.count(usage?["output_tokens"])
        cached = Self.count(usage?["cache_read_input_tokens"]) ?? 0
        written = Self.count(usage?["cache_creation_input_tokens"]) ?? 0
        prompt = Self.count(usage?["input_tokens"]).map { $0 + cached + written }
        dropUncounted()
    }

    private mutating func dropUncounted() {
        guard prompt == 0 else { return }
        prompt = nil
        if completion == 0 { completion = nil }
    }

    private static func count(_ value: JSONValue?) -> Int? {
        value?.integer.flatMap { (0...1_000_000_000).contains($0) ? $0 : nil }
    }
}
