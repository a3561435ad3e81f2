internal import Normalization

/// The most probable pieces of a word under independent pieces: Viterbi (Kudo 2018, "Subword
/// Regularization", section 3.2; `tokenizers`, src/models/unigram/model.rs).
struct Unigram: Sendable {
    /// The best way to some byte of the word.
    struct Step: Sendable {
        var score = 0.0
        /// Where its last piece begins; -1 while there is no way.
        var start: Int32 = -1
        var identifier: Int32 = 0
    }

    /// An unknown scalar costs so much more than the least likely piece.
    static let unknownPenalty = 10.0

    private let trie: DoubleArray
    private let scores: [Double]
    let unknown: Int32
    private let unknownScore: Double
    /// For each byte, the token of what the vocabulary lacks ("<0xE2>"); empty for none.
    private let fallback: [Int32]
    /// The tokens whose own text gives them, and them alone: most words are such, and hashing
    /// one is faster than walking.
    private var whole = TokenTable(tokens: [], prefix: [])

    /// Of equal tokens the last counts.
    init(tokens: [[UInt8]], scores: [Double], unknown: Int32, fallsBack: Bool) {
        let trie = DoubleArray(tokens)
        self.trie = trie
        self.scores = scores
        self.unknown = unknown
        unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
        fallback = fallsBack ? byteTokens { trie.value($0) } : []
        var work = TokenizerWork(output: [])
        let whole = tokens.indices.map { token in
            work.output.removeAll(keepingCapacity: true)
            tokens[token].withUnsafeBufferPointer { appendBest($0, &work) }
            let isWhole = token != unknown && work.output.count == 1 && work.output[0] == token
            return isWhole ? tokens[token] : []
        }
        self.whole = TokenTable(tokens: whole, prefix: [])
    }

    func append(_ word: Bytes, _ work: inout TokenizerWork) {
        if let token = whole.identifier(of: word) {
            work.output.append(token)
        } else {
            appendBest(word, &work)
        }
    }

    private func appendBest(_ word: Bytes, _ work: inout TokenizerWork) {
        var path: [Step] = []
        swap(&path, &work.path)
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: repeatElement(Step(), count: word.count + 1))
        path.withUnsafeMutableBufferPointer { path in
            find(word, path)
            append(word, path, &work.output)
        }
        swap(&path, &work.path)
    }

    private func find(_ word: Bytes, _ path: UnsafeMutableBufferPointer<Step>) {
        scores.withUnsafeBufferPointer { scores in
            var start = 0
            while start < word.count {
                let length = scalarLength(word[start])
                let reached = path[start].score
                var hasScalar = false
                trie.prefixes(word, from: start) { end, identifier in
                    let score = scores[Int(identifier)] + reached
                    if path[end].start < 0 || score > path[end].score {
                        path[end] = Step(
                            score: score, start: Int32(start), identifier: identifier)
                    }
                    if end == start + length { hasScalar = true }
                }
                if !hasScalar {
                    let score = unknownScore + reached
                    if path[start + length].start < 0 || score > path[start + length].score {
                        path[start + length] = Step(
                            score: score, start: Int32(start), identifier: unknown)
                    }
                }
                start += length
            }
        }
    }

    /// Appends the best way's pieces; unknown ones in a row are one.
    private func append(
        _ word: Bytes, _ path: UnsafeMutableBufferPointer<Step>, _ output: inout [Int32]
    ) {
        // From the end to the beginning, and then the other way around.
        let first = output.count
        var end = word.count
        while end > 0 {
            let step = path[end]
            var start = Int(step.start)
            if step.identifier != unknown {
                output.append(step.identifier)
                end = start
                continue
            }
            while start > 0, path[start].identifier == unknown { start = Int(path[start].start) }
            appendUnknown(word.part(start, end), &output)
            end = start
        }
        output[first...].reverse()
    }

    private func appendUnknown(_ text: Bytes, _ output: inout [Int32]) {
        if let known = trie.value(text) { return output.append(known) }
        if !fallback.isEmpty {
            let found = text.map { fallback[Int($0)] }
            if !found.contains(-1) { return output += found.reversed() }
        }
        output.append(unknown)
    }
}

/// The tokens "<0x00>" to "<0xFF>", -1 where there is none.
func byteTokens(_ find: (Bytes) -> Int32?) -> [Int32] {
    (0...255).map { (byte: Int) -> Int32 in
        let digits = String(byte, radix: 16, uppercase: true)
        let name = "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
        return Array(name.utf8).withUnsafeBufferPointer(find) ?? -1
    }
}
