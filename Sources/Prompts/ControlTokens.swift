/// Splits the control tokens of chat templates inside text, so that a local server whose chat
/// template is plain text cannot take them for the start of another message.
///
/// A space goes behind the token's first character: `<|im_start|>` becomes `< |im_start|>`,
/// `[INST]` becomes `[ INST]`. The change is visible, keeps every character of the text and leaves
/// nothing that could form a token again. Matching ignores ASCII case.
///
/// Source of the tokens: the chat templates of Llama 2 and 3, Mistral, Qwen (ChatML), Gemma, Phi,
/// DeepSeek, GLM and the sentence marks of their tokenizers.
public enum ControlTokens {
    /// Longest first where one is the beginning of another; all lower-case.
    private static let tokens: [[UInt8]] = [
        "<|", "<｜", "<<sys>>", "<</sys>>", "[inst]", "[/inst]", "[system_prompt]",
        "[/system_prompt]", "[available_tools]", "[/available_tools]", "[tool_calls]",
        "[tool_results]", "[/tool_results]", "[gmask]", "<sop>", "<s>", "</s>", "<bos>", "<eos>",
        "<unk>", "<pad>", "<start_of_turn>", "<end_of_turn>", "<tool_call>", "</tool_call>",
        "<think>", "</think>",
    ].map { Array($0.utf8) }

    /// Marks of our own fences: split in text that stands outside one.
    private static let fenceMarks: [[UInt8]] = ["<<<text ", "<<<end "].map { Array($0.utf8) }

    /// `text` with every control token split; and, with `fences`, every mark of a ``Fence``.
    public static func split(_ text: String, fences: Bool = false) -> String {
        let bytes = Array(text.utf8)
        // Nothing to do for nearly every text: no bracket, no token.
        if !bytes.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "[") }) {
            return text
        }
        let marks = fences ? tokens + fenceMarks : tokens
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16)
        for at in bytes.indices {
            result.append(bytes[at])
            let opens = bytes[at] == UInt8(ascii: "<") || bytes[at] == UInt8(ascii: "[")
            if opens && marks.contains(where: { starts(with: $0, bytes, at) }) {
                result.append(UInt8(ascii: " "))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func starts(with token: [UInt8], _ bytes: [UInt8], _ at: Int) -> Bool {
        guard at + token.count <= bytes.count else { return false }
        for (offset, expected) in token.enumerated() {
            let byte = bytes[at + offset]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            if (isUpper ? byte | 0x20 : byte) != expected { return false }
        }
        return true
    }
}
