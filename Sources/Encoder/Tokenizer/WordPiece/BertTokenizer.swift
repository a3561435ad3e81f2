/// BERT's tokenizer: cleans a text, splits it into words and words into pieces of the vocabulary.
///
/// Follows Hugging Face's `tokenizers` (src/normalizers/bert.rs, pre_tokenizers/bert.rs,
/// models/wordpiece/mod.rs) scalar by scalar: control characters vanish, white space splits,
/// Chinese characters and punctuation are words of their own, the rest is decomposed (NFD), loses
/// its non-spacing marks and is put into lower case. A literal "[SEP]" is the special token.
struct BertTokenizer: Sendable {
    let vocabulary: Vocabulary
    /// Most tokens of a text, [CLS] and [SEP] included.
    let maximumTokens: Int

    /// A word of more scalars is unknown (`max_input_chars_per_word`).
    static let longestWord = 100

    /// What an ASCII byte does; whatever is above is decoded first.
    private enum Action: UInt8 { case keep, lower, space, punctuation, remove, bracket, decode }

    private static let actions: [Action] = (0...255).map { byte in
        switch UInt8(byte) {
        case 0x80...: .decode
        case 0x09, 0x0A, 0x0D, 0x20: .space
        case 0..<0x20, 0x7F: .remove
        case UInt8(ascii: "["): .bracket
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): .lower
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): .keep
        default: .punctuation
        }
    }

    /// Appends the identifiers of a text, from [CLS] to [SEP].
    func append(_ text: String, to identifiers: inout [Int32]) {
        var text = text
        let limit = identifiers.count + maximumTokens - 1
        identifiers.append(vocabulary.classify)
        var words = WordSplitter(vocabulary: vocabulary)
        text.withUTF8 { scan($0, limit: limit, &words, &identifiers) }
        if identifiers.count > limit { identifiers.removeSubrange(limit...) }
        identifiers.append(vocabulary.separate)
    }

    private func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, limit: Int, _ words: inout WordSplitter,
        _ output: inout [Int32]
    ) {
        Self.actions.withUnsafeBufferPointer { actions in
            var index = 0
            while index < bytes.count, output.count < limit {
                let byte = bytes[index]
                index += 1
                switch actions[Int(byte)] {
                case .keep: words.add(byte)
                case .lower: words.add(byte | 0x20)
                case .space: words.endWord(&output)
                case .remove: break
                case .punctuation: words.addAlone(byte, &output)
                case .bracket:
                    if let special = special(bytes, at: index - 1) {
                        words.endWord(&output)
                        output.append(special.identifier)
                        index += special.bytes.count - 1
                    } else {
                        words.addAlone(byte, &output)
                    }
                case .decode:
                    let (scalar, length) = decodeScalar(bytes, at: index - 1)
                    index += length - 1
                    words.addScalar(scalar, &output)
                }
            }
            words.endWord(&output)
        }
    }

    private func special(
        _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> Vocabulary.Special? {
        vocabulary.special.first { token in
            token.bytes.count <= bytes.count - index
                && token.bytes.indices.allSatisfy { bytes[index + $0] == token.bytes[$0] }
        }
    }
}

/// The scalar that begins at `index` of valid UTF-8 and is not ASCII, and its length in bytes.
@inline(__always) private func decodeScalar(
    _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> (scalar: UInt32, length: Int) {
    let first = UInt32(bytes[index])
    func tail(_ offset: Int) -> UInt32 { UInt32(bytes[index + offset] & 0x3F) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), 2) }
    if first < 0xF0 { return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
    return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
}
