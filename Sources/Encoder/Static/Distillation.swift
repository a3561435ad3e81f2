public import Records

/// Makes a static model of a sentence encoder, as Model2Vec does (MinishLab 2024, package
/// `model2vec`, `distill`): each token of the vocabulary goes through the encoder by itself, the
/// vectors are brought to their principal components, and each is weighted by how rare its token is
/// (smooth inverse frequency, Arora, Liang and Ma 2017, with frequencies by Zipf's law from the
/// order of the vocabulary).
///
/// Two things differ from Model2Vec: ranks (``TokenRanks``), and components that are evened out by
/// the square root of their deviation. docs/decisions/0029-static-model.md has the figures.
public struct Distillation: Sendable {
    /// The least frequency that weights tell apart, Model2Vec's.
    private static let sif = 1e-4
    /// Tokens that pass the encoder between two looks at the clock.
    private static let tokensPerStep = 1_024
    /// Raised when the tables change.
    private static let version = 1

    private let teacher: SentenceEncoder
    public let columns: Int

    /// - Parameter columns: Components of the static model's vectors, at most the teacher's; nil
    ///   for 256, or as many as the teacher has if that is less.
    /// - Throws: `configuration` for more than the teacher's.
    public init(of teacher: SentenceEncoder, columns: Int?) throws(Fault) {
        guard columns ?? 0 <= teacher.dimension else {
            throw Fault(
                .configuration, "a distilled model's vectors cannot be longer than its teacher's",
                why: "\(columns ?? 0) and \(teacher.dimension) dimensions")
        }
        // What stands before texts is no part of a token.
        self.teacher = try teacher.prompted(.text(""))
        self.columns = columns ?? min(256, teacher.dimension)
    }

    /// Tokens of the vocabulary.
    public var tokens: Int { teacher.tokenizer.identifierCount }

    /// Of what decides the table but for the processor and the library: the teacher and the
    /// settings.
    public var fingerprint: String {
        SHA256.hash("static/\(Self.version)\0\(teacher.fingerprint)\0\(columns)").hex
    }

    /// Everything that decides the table.
    public var key: SHA256.Digest {
        SHA256.hash("\(fingerprint)\0\(teacher.kernelDescription)")
    }

    /// The table; about 100 CPU-µs a token with all-MiniLM-L6-v2.
    ///
    /// - Parameters:
    ///   - threads: 1 or more; the table is the same for any number.
    ///   - progress: Called with the tokens that are done; may throw to end the work.
    /// - Throws: What `progress` throws, `badData` for weights that give no numbers,
    ///   `configuration` without OpenBLAS.
    public func table(
        threads: Int, progress: (Int) throws(Fault) -> Void
    ) throws(Fault) -> StaticTable {
        let tokenizer = teacher.tokenizer
        let (before, after) = tokenizer.frame
        var vectors: [Float] = []
        vectors.reserveCapacity(tokens * teacher.dimension)
        for start in stride(from: 0, to: tokens, by: Self.tokensPerStep) {
            try progress(start)
            let texts = (start..<min(start + Self.tokensPerStep, tokens)).map {
                before + [Int32($0)] + after
            }
            vectors += try teacher.encode(identifiers: texts, threads: threads)
        }
        let ranks = TokenRanks(tokenizer)
        let width = teacher.dimension
        let used = ranks.used.flatMap { vectors[$0 * width..<($0 + 1) * width] }
        let components = try PrincipalComponents(used, columns: width, components: columns)
        var table = components.project(vectors)
        weight(&table, ranks)
        let empty = components.project(try teacher.encode([""], threads: 1))
        return StaticTable(
            columns: columns, vectors: table, empty: Self.unit(empty),
            varianceKept: Float(components.varianceKept))
    }

    /// Multiplies each row by a / (a + p), p being its token's share of a text by Zipf's law.
    private func weight(_ table: inout [Float], _ ranks: TokenRanks) {
        let total = ranks.used.indices.reduce(0.0) { $0 + 1 / Double($1 + 2) }
        for token in 0..<tokens {
            // A token that no text has: any weight will do.
            let share = 1 / Double((ranks[token] ?? 0) + 2) / total
            let weight = Float(Self.sif / (Self.sif + share))
            for column in 0..<columns { table[token * columns + column] *= weight }
        }
    }

    /// Of length 1; the first axis for a vector of zeros, which has no direction.
    private static func unit(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        if length > 1e-12 { return vector.map { Float(Double($0) / length) } }
        return vector.indices.map { $0 == 0 ? 1 : 0 }
    }
}
