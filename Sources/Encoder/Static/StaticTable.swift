public import Records

/// A vector for every token of a vocabulary: all that a static model knows.
public struct StaticTable: Portable, Equatable {
    /// Components of a vector.
    public let columns: Int
    /// [tokens, columns], each already weighted by how rare its token is.
    let vectors: [Float]
    /// The vector of a text without any known token, of length 1.
    let empty: [Float]
    /// The share of the variance of the teacher's token vectors that `columns` components hold,
    /// 0 to 1.
    public let varianceKept: Float

    init(columns: Int, vectors: [Float], empty: [Float], varianceKept: Float) {
        self.columns = columns
        self.vectors = vectors
        self.empty = empty
        self.varianceKept = varianceKept
    }

    public var tokens: Int { columns == 0 ? 0 : vectors.count / columns }

    public func write(to bytes: inout PortableWriter) {
        columns.write(to: &bytes)
        vectors.write(to: &bytes)
        empty.write(to: &bytes)
        varianceKept.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no table.
    public init(from bytes: inout PortableReader) throws(Fault) {
        columns = try Int(from: &bytes)
        vectors = try [Float](from: &bytes)
        empty = try [Float](from: &bytes)
        varianceKept = try Float(from: &bytes)
        guard columns > 0, vectors.count % columns == 0, empty.count == columns else {
            throw PortableReader.damaged
        }
    }
}

extension StaticTable {
    /// Floats in a part of ``parts``, 1 MB.
    private static let partSize = 1 << 18

    /// The table as lists of numbers, none of them long, for a store of vectors.
    public var parts: [[Float]] {
        [[Float(columns), Float(tokens), varianceKept] + empty]
            + stride(from: 0, to: vectors.count, by: Self.partSize).map {
                Array(vectors[$0..<min($0 + Self.partSize, vectors.count)])
            }
    }

    /// How many ``parts`` a table has.
    public static func partCount(tokens: Int, columns: Int) -> Int {
        1 + (tokens * columns + partSize - 1) / partSize
    }

    /// The table that ``parts`` took apart; nil for lists that are none of one.
    public init?(parts: [[Float]]) {
        guard let head = parts.first, head.count > 3, let columns = Int(exactly: head[0]),
            let tokens = Int(exactly: head[1]), columns > 0, head.count == columns + 3
        else { return nil }
        let vectors = Array(parts.dropFirst().joined())
        guard vectors.count == tokens * columns, vectors.allSatisfy(\.isFinite) else { return nil }
        self.init(
            columns: columns, vectors: vectors, empty: Array(head.dropFirst(3)),
            varianceKept: head[2])
    }
}
