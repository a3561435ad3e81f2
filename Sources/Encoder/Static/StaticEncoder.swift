public import Records

/// Turns texts into unit vectors by a static model: the mean of its tokens' vectors, by a small
/// part of the work of a sentence encoder.
///
/// Texts are cut into tokens, and cut at the teacher's limit, by the teacher's tokenizer, without
/// any prompt. Unknown tokens are left out; a text without any known one has the vector that the
/// teacher gives to no words. A text's vector is the same to the last bit whatever the number of
/// threads and the company it is encoded in.
public struct StaticEncoder: Sendable {
    private let table: StaticTable
    private let tokenizer: Tokenizer
    private let unknown: Int32?

    /// - Throws: `defect` for a table that was not made of this teacher.
    public init(_ table: StaticTable, teacher: SentenceEncoder) throws(Fault) {
        guard table.tokens == teacher.tokenizer.identifierCount else {
            throw Fault(
                .defect, "a static model and its tokenizer differ in their vocabulary",
                why: "\(table.tokens) and \(teacher.tokenizer.identifierCount) tokens")
        }
        self.table = table
        tokenizer = teacher.tokenizer
        unknown = tokenizer.unknown
    }

    /// Components of a vector.
    public var dimension: Int { table.columns }

    /// One vector for each text, row-major [texts.count, dimension], each of length 1, and the
    /// tokens that were read, special ones left out.
    public func encode(_ texts: [String]) -> (vectors: [Float], tokens: Int) {
        let columns = table.columns
        var tokens = 0
        let vectors = [Float](unsafeUninitializedCapacity: texts.count * columns) { out, filled in
            filled = texts.count * columns
            guard let out = out.baseAddress else { return }
            var identifiers: [Int32] = []
            for (place, text) in texts.enumerated() {
                identifiers.removeAll(keepingCapacity: true)
                tokenizer.append(text, to: &identifiers)
                let (before, after) = (tokenizer.frame.before.count, tokenizer.frame.after.count)
                let own = identifiers.dropFirst(before).dropLast(after)
                tokens += own.count
                write(own, to: out + place * columns)
            }
        }
        return (vectors, tokens)
    }

    private func write(_ identifiers: ArraySlice<Int32>, to out: UnsafeMutablePointer<Float>) {
        let columns = table.columns
        out.initialize(repeating: 0, count: columns)
        table.vectors.withUnsafeBufferPointer { vectors in
            guard let vectors = vectors.baseAddress else { return }
            for identifier in identifiers where identifier != unknown {
                let row = vectors + Int(identifier) * columns
                for column in 0..<columns { out[column] += row[column] }
            }
        }
        var square = 0.0
        for column in 0..<columns { square += Double(out[column]) * Double(out[column]) }
        guard square > 1e-24 else {
            for column in 0..<columns { out[column] = table.empty[column] }
            return
        }
        // The mean and the sum point the same way.
        let factor = 1 / square.squareRoot()
        for column in 0..<columns { out[column] = Float(Double(out[column]) * factor) }
    }
}
