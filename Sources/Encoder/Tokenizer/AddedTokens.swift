internal import Normalization

/// Tokens that are found in a text before it is split, special ones among them.
///
/// Leftmost first, of those the longest, as `tokenizers` has it
/// (src/tokenizer/added_vocabulary.rs).
struct AddedTokens: Sendable {
    struct Token: Sendable, Equatable {
        var bytes: [UInt8]
        var identifier: Int32
        /// Takes the white space on its left or right with it.
        var stripsLeft = false
        var stripsRight = false
        /// Counts only where it is not part of a longer word.
        var isSingleWord = false
    }

    /// The longest first, of equal ones the first given.
    let tokens: [Token]
    /// For each first byte, the tokens that begin with it; empty when there are none at all.
    private let starts: [[Int]]

    init(_ tokens: [Token]) {
        self.tokens = tokens.enumerated().sorted {
            ($1.element.bytes.count, $0.offset) < ($0.element.bytes.count, $1.offset)
        }.map(\.element)
        var starts = [[Int]](repeating: [], count: tokens.isEmpty ? 0 : 256)
        for (index, token) in self.tokens.enumerated() {
            if let first = token.bytes.first { starts[Int(first)].append(index) }
        }
        self.starts = starts
    }

    /// Calls `body` with each part of the text: a token's identifier, or text between tokens;
    /// until it returns false.
    func split(_ text: Bytes, _ body: (Bytes, Int32?) -> Bool) {
        var done = 0
        var index = 0
        while !starts.isEmpty, index < text.count {
            guard let token = match(text, at: index) else {
                index += 1
                continue
            }
            var (start, end) = (index, index + token.bytes.count)
            index = end
            if token.isSingleWord, !standsAlone(text, start, end) { continue }
            if token.stripsLeft { start = max(trailingSpaceStart(text.part(0, start)), done) }
            if token.stripsRight { end += leadingSpace(text.part(end, text.count)) }
            if done < start, !body(text.part(done, start), nil) { return }
            if !body(text.part(start, end), token.identifier) { return }
            done = end
        }
        if done < text.count { _ = body(text.part(done, text.count), nil) }
    }

    @inline(__always) private func match(_ text: Bytes, at index: Int) -> Token? {
        let candidates = starts[Int(text[index])]
        if candidates.isEmpty { return nil }
        return candidates.first { text.hasPrefix(tokens[$0].bytes, at: index) }.map { tokens[$0] }
    }

    private func standsAlone(_ text: Bytes, _ start: Int, _ end: Int) -> Bool {
        if start > 0, ScalarClass.of(decodeScalar(text, before: start).0).contains(.single) {
            return false
        }
        return end == text.count
            || !ScalarClass.of(decodeScalar(text, at: end).0).contains(.single)
    }
}
