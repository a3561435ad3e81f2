internal import Pipeline
internal import Records

/// Takes every n-th row of sources whose length nobody knows yet: all of few, evenly spread ones
/// of many, the same ones each time.
struct RowSampler {
    /// A share of half the rows is then right to 3 % (twice the standard error), and reading the
    /// sample takes milliseconds.
    static let most = 1_000

    private var picked: [(number: Int, record: Record?)] = []
    private var stride = 1
    private(set) var rows = 0
    /// The first row that is good.
    private(set) var example: Record?

    /// Counts a piece's rows and parses those that are taken.
    ///
    /// - Parameter limit: Rows beyond are neither counted nor taken.
    mutating func add(_ piece: SourcePiece, _ rules: RowRules, limit: Int) throws(Fault) {
        var piece = piece
        var numbers: [Int] = []
        func isTaken() -> Bool {
            if rows >= limit { return false }
            defer { rows += 1 }
            if rows % stride == 0 { numbers.append(rows) }
            return rows % stride == 0
        }
        switch piece.content {
        case .cells(let block): piece.content = .cells(block.filter { _ in isTaken() })
        case .json(let block):
            piece.content = .json(block.filter { !IngestStage.isBlank(block, $0) && isTaken() })
        case .plain(let block):
            piece.content = .plain(block.filter { !IngestStage.isBlank(block, $0) && isTaken() })
        }
        if numbers.isEmpty { return }
        for (number, row) in zip(numbers, try IngestStage.rows(of: piece, rules)) {
            var record = row.refusal == nil ? row.record : nil
            if let derived = row.derived { record?.id = derived }
            picked.append((number, record))
            if example == nil { example = record }
        }
        while picked.count > Self.most {
            stride *= 2
            picked.removeAll { $0.number % stride != 0 }
        }
    }

    var sample: RowSample {
        RowSample(records: picked.compactMap(\.record), rows: picked.count)
    }
}
