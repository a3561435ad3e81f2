/// The k nearest of what one query is shown, exactly, though products are only nearly right.
///
/// Products within the rounding error of the k-th best are kept as nominees; cosines in double
/// precision decide among them at the end, or earlier when very many are equal. What results does
/// not depend on the order in which rows are shown.
struct TopKCandidates {
    private let k: Int
    /// Twice the most by which a product can be wrong.
    private let tolerance: Float
    /// The k greatest products so far, greatest first.
    private var best: [Float] = []
    /// A product below it cannot belong to the k nearest.
    private var limit = -Float.infinity
    private var waiting: [(product: Float, row: Int32)] = []
    /// The k nearest of those whose cosine is known.
    private var nearest: [Neighbour] = []

    init(_ k: Int, _ tolerance: Float) {
        self.k = k
        self.tolerance = tolerance
    }

    /// Takes `count` products; `row` names the row at a place, nil for one that does not count.
    mutating func scan(
        _ products: UnsafePointer<Float>, _ count: Int, row: (Int) -> Int?,
        cosine: (Int) -> Double
    ) {
        var place = 0
        while true {
            place = BlockProducts.next(products, place, count, limit)
            if place == count { return }
            if let row = row(place) { take(products[place], row, cosine) }
            place += 1
        }
    }

    private mutating func take(_ product: Float, _ row: Int, _ cosine: (Int) -> Double) {
        waiting.append((product, Int32(truncatingIfNeeded: row)))
        if best.count == k, product <= best[k - 1] {
            if waiting.count >= 4 * k + 64 { settle(cosine) }
            return
        }
        if best.count == k { best.removeLast() }
        var at = best.count
        best.append(product)
        while at > 0, best[at - 1] < product {
            best[at] = best[at - 1]
            at -= 1
        }
        best[at] = product
        if best.count == k { limit = max(limit, best[k - 1] - tolerance) }
        if waiting.count >= 4 * k + 64 { settle(cosine) }
    }

    /// Drops what has fallen below the limit; where that is little, asks for the cosines.
    private mutating func settle(_ cosine: (Int) -> Double) {
        let limit = limit
        waiting.removeAll { $0.product < limit }
        if waiting.count < 2 * k + 32 { return }
        decide(cosine)
        if nearest.count == k {
            self.limit = max(limit, Float(nearest[k - 1].cosine) - tolerance)
        }
    }

    private mutating func decide(_ cosine: (Int) -> Double) {
        for (product, row) in waiting where product >= limit {
            insert(Neighbour(row: Int(row), cosine: cosine(Int(row))))
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// The nearest, nearest first.
    mutating func finish(_ cosine: (Int) -> Double) -> [Neighbour] {
        decide(cosine)
        return nearest
    }

    /// Keeps the k nearest in order; found by halving, since k is small.
    private mutating func insert(_ neighbour: Neighbour) {
        if nearest.count == k, !neighbour.isBefore(nearest[k - 1]) { return }
        var low = 0
        var high = nearest.count
        while low < high {
            let middle = (low + high) / 2
            if nearest[middle].isBefore(neighbour) { low = middle + 1 } else { high = middle }
        }
        if nearest.count == k { nearest.removeLast() }
        nearest.insert(neighbour, at: low)
    }
}
