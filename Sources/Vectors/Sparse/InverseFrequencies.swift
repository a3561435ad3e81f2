public import Records

/// How rare each term is among some texts, which makes TF-IDF vectors of counts.
public struct InverseFrequencies: Portable, Equatable {
    /// For each bucket of ``TermCounts`` its column; `UInt32.max` for terms of one text or none.
    private let columnOfBucket: [UInt32]
    /// A factor a column.
    private let factors: [Double]

    /// 1 + ln((1 + texts) / (1 + texts with the term)), as scikit-learn's `TfidfTransformer`;
    /// terms of a single text are left out.
    public init(_ counts: TermCounts) {
        let texts = counts.textsOfBuckets()
        var columnOfBucket = [UInt32](repeating: .max, count: texts.count)
        var factors: [Double] = []
        for (bucket, count) in texts.enumerated() where count > 1 {
            columnOfBucket[bucket] = UInt32(factors.count)
            let share = Double(counts.count + 1) / Double(count + 1)
            factors.append(1 + StableMath.logarithm(share))
        }
        self.columnOfBucket = columnOfBucket
        self.factors = factors
    }

    public var columns: Int { factors.count }

    /// Texts as vectors of length 1, as with scikit-learn's `sublinear_tf`.
    ///
    /// (1 + ln count) times the term's factor, scaled; a text without a term that counts is a row
    /// of zeros.
    public func rows(_ counts: TermCounts) -> SparseRows {
        var rows = SparseRows(columns: columns)
        rows.reserve(rows: counts.count, values: counts.terms)
        for text in 0..<counts.count {
            var values: [(column: UInt32, value: Double)] = []
            var squares = 0.0
            counts.forEachTerm(of: text) { bucket, times in
                let column = columnOfBucket[bucket]
                if column == .max { return }
                let value = (1 + StableMath.logarithm(Double(times))) * factors[Int(column)]
                values.append((column, value))
                squares += value * value
            }
            let length = squares.squareRoot()
            rows.append(values.map { ($0.column, Float($0.value / length)) })
        }
        return rows
    }

    public func write(to bytes: inout PortableWriter) {
        columnOfBucket.write(to: &bytes)
        factors.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no frequencies.
    public init(from bytes: inout PortableReader) throws(Fault) {
        columnOfBucket = try [UInt32](from: &bytes)
        factors = try [Double](from: &bytes)
        guard columnOfBucket.count == TermCounts.buckets,
            columnOfBucket.allSatisfy({ $0 == .max || Int($0) < factors.count })
        else { throw PortableReader.damaged }
    }
}
