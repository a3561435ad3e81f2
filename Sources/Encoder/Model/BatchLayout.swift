/// Where the texts of a batch stand among its rows, one row a token.
struct BatchLayout {
    /// The token and its row in the table of positions, of every row.
    private(set) var tokens: [Int32] = []
    private(set) var positions: [Int32] = []
    /// Which rows each text has.
    private(set) var spans: [Range<Int>] = []
    /// The rows of each call of a product, padding included.
    let blocks: [Range<Int>]

    /// - Parameters:
    ///   - product: Whether texts share calls, and of how many rows.
    ///   - places: The rows in the table of positions of a text's tokens.
    init(_ texts: [[Int32]], _ product: GEMM, positions places: ([Int32]) -> [Int32]) {
        for text in texts {
            spans.append(tokens.count..<tokens.count + text.count)
            tokens += text
            positions += places(text)
        }
        let rows = roundedUp(tokens.count, to: product.rowStep)
        blocks =
            product.packs
            ? stride(from: 0, to: rows, by: GEMM.blockRows).map {
                $0..<min($0 + GEMM.blockRows, rows)
            } : spans
    }

    /// The rows of a block that belong to a text.
    func filled(_ block: Range<Int>) -> Range<Int> { block.clamped(to: 0..<tokens.count) }
}
