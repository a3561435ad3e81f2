/// Words cut into the longest pieces a vocabulary has, from the left
/// (`tokenizers`, src/models/wordpiece/mod.rs).
struct WordPiece: Sendable {
    let tokens: TokenTable
    let unknown: Int32
    /// A word of more scalars is unknown (`max_input_chars_per_word`).
    var longestWord = 100

    /// Appends a word's pieces; one with a part that is no piece is unknown as a whole.
    func append(_ word: Bytes, _ hashes: inout [UInt64], _ output: inout [Int32]) {
        if word.count > longestWord {
            let scalars = word.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
            if scalars > longestWord { return output.append(unknown) }
        }
        appendPieces(word, &hashes, &output)
    }

    /// The same for a word that is known to be short enough.
    func appendPieces(
        _ word: Bytes, _ hashes: inout [UInt64], _ output: inout [Int32]
    ) {
        let before = output.count
        let tokens = tokens
        var from = 0
        while from < word.count {
            var hash = from == 0 ? TokenTable.start : tokens.startContinuing
            hashes.removeAll(keepingCapacity: true)
            for index in from..<min(word.count, from + tokens.longest) {
                hash = TokenTable.mix(hash, word[index])
                hashes.append(hash)
            }
            var found: Int32?
            var length = hashes.count
            while length > 0 {
                let piece = Bytes(rebasing: word[from..<from + length])
                found = tokens.find(piece, hashes[length - 1], continuing: from > 0)
                if found != nil { break }
                length -= 1
            }
            guard let found else {
                output.removeSubrange(before...)
                output.append(unknown)
                return
            }
            output.append(found)
            from += length
        }
    }
}
