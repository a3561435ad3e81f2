internal import Normalization

/// BERT's tokenizer: cleans a text, splits it into words and words into pieces of the vocabulary.
///
/// Follows Hugging Face's `tokenizers` (src/normalizers/bert.rs, pre_tokenizers/bert.rs,
/// models/wordpiece/mod.rs) scalar by scalar: control characters vanish, white space splits,
/// Chinese characters and punctuation are words of their own, the rest is decomposed (NFD), loses
/// its non-spacing marks and is put into lower case. A literal "[SEP]" is the special token.
///
/// A class, so that a text retains one object and not each table.
final class BertTokenizer: Sendable {
    /// A token that is special wherever it stands in a raw text.
    typealias Special = Vocabulary.Special

    struct Rules: Sendable {
        var model: WordPiece
        /// The longest first.
        var special: [Special]
        /// Special tokens before and after every text.
        var before: [Int32]
        var after: [Int32]
        /// Accents go and letters become small; a cased model has them as they are.
        var folds = true
        /// Chinese characters are words of their own.
        var isolatesChinese = true
    }

    private let rules: Rules
    /// Most tokens of a text, special ones included.
    private let maximumTokens: Int
    /// What to do with each byte, and what to do where it does not begin a special token.
    private let actions: [Action]
    private let plainActions: [Action]

    /// What an ASCII byte does; whatever is above is decoded first.
    private enum Action: UInt8 { case keep, lower, space, punctuation, remove, bracket, decode }

    init(rules: Rules, maximumTokens: Int) {
        var actions: [Action] = (0...255).map { byte in
            switch UInt8(byte) {
            case 0x80...: .decode
            case 0x09, 0x0A, 0x0D, 0x20: .space
            case 0..<0x20, 0x7F: .remove
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): rules.folds ? .lower : .keep
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"):
                .keep
            default: .punctuation
            }
        }
        plainActions = actions
        for token in rules.special { token.bytes.first.map { actions[Int($0)] = .bracket } }
        self.rules = rules
        self.actions = actions
        self.maximumTokens = maximumTokens
    }

    var model: WordPiece { rules.model }
    var unknown: Int32 { rules.model.unknown }

    /// Appends the identifiers of a text, special tokens included.
    func append(_ text: String, to identifiers: inout [Int32]) {
        var text = text
        let limit = identifiers.count + maximumTokens - rules.after.count
        for token in rules.before { identifiers.append(token) }
        var words = WordSplitter(rules)
        text.withUTF8 { scan($0, limit: limit, &words, &identifiers) }
        if identifiers.count > limit { identifiers.removeSubrange(limit...) }
        for token in rules.after { identifiers.append(token) }
    }

    private func scan(
        _ bytes: UnsafeBufferPointer<UInt8>, limit: Int, _ words: inout WordSplitter,
        _ output: inout [Int32]
    ) {
        actions.withUnsafeBufferPointer { actions in
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
                        addPlain(byte, &words, &output)
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

    /// A byte that might have begun a special token.
    private func addPlain(_ byte: UInt8, _ words: inout WordSplitter, _ output: inout [Int32]) {
        switch plainActions[Int(byte)] {
        case .keep: words.add(byte)
        case .lower: words.add(byte | 0x20)
        case .space: words.endWord(&output)
        case .punctuation: words.addAlone(byte, &output)
        case .remove, .bracket, .decode: break
        }
    }

    private func special(
        _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> Vocabulary.Special? {
        rules.special.first { token in
            token.bytes.count <= bytes.count - index
                && token.bytes.indices.allSatisfy { bytes[index + $0] == token.bytes[$0] }
        }
    }
}
