public import Records

/// Centres of sets of rows, and distances from them; cosine throughout, rows scaled to length 1.
///
/// Every result is the same whatever the order of `members`.
public enum Centroids {
    /// The mean's direction, or zeros for no rows, in O(members · columns).
    public static func mean(_ rows: UnitRows, _ members: [Int]) -> [Double] {
        sum(rows, members).centroid
    }

    /// The sum of the members in fixed point.
    public static func sum(_ rows: UnitRows, _ members: [Int]) -> CentroidSum {
        var sum = CentroidSum(columns: rows.columns)
        rows.matrix.forEachRow(of: members) { _, row in sum.add(row, of: rows) }
        return sum
    }

    /// The member with the least sum of cosine distances to all; the smallest row among equals, nil
    /// for no rows.
    ///
    /// O(members · columns), since that sum is the count minus the product with the sum of all.
    public static func medoid(_ rows: UnitRows, _ members: [Int]) -> Int? {
        let centre = sum(rows, members).values
        var best: (product: Double, row: Int)?
        for row in members {
            let product = FixedOrder.dot(rows.unit(row), centre)
            let isBetter =
                best.map { product != $0.product ? product > $0.product : row < $0.row } ?? true
            if isBetter { best = (product, row) }
        }
        return best?.row
    }

    /// The direction of the mean of each column without its lowest and highest `share` of values,
    /// ⌊share · members⌋ of each (scipy.stats.trim_mean).
    ///
    /// O(columns · members log members); the rows are read once a column.
    ///
    /// - Throws: `configuration` for a share that is not at least 0 and below a half.
    public static func trimmedMean(
        _ rows: UnitRows, _ members: [Int], share: Double = 0.1
    ) throws(Fault) -> [Double] {
        guard share >= 0, share < 0.5 else {
            throw Fault(
                .configuration, "the share to trim lies between 0 and a half", why: "\(share)")
        }
        let cut = Int(share * Double(members.count))
        let factors = members.map { row in
            rows.squaredLengths[row] > 0 ? 1 / rows.squaredLengths[row].squareRoot() : 0
        }
        let starts = members.map { rows.matrix.slot($0) * rows.columns }
        let sums: [Double] = rows.matrix.withBase { base in
            (0..<rows.columns).map { column in
                var values = members.indices.map { at in
                    let value = base.map { Double($0[starts[at] + column]) * factors[at] } ?? 0
                    return Int64((value * CentroidSum.scale).rounded(.toNearestOrEven))
                }
                values.sort()
                return Double(values[cut..<max(values.count - cut, cut)].reduce(0, +))
            }
        }
        let length = FixedOrder.dot(sums, sums).squareRoot()
        return length > 0 ? sums.map { $0 / length } : sums
    }

    /// The cosine distance, 1 - cosine, of each member to `centre`; 1 where one has no direction.
    public static func distances(
        _ rows: UnitRows, _ members: [Int], to centre: [Double]
    ) -> [Double] {
        require(centre.count == rows.columns, "a centre has the columns of the rows")
        let length = FixedOrder.dot(centre, centre).squareRoot()
        return members.map { row in
            let squared = rows.squaredLengths[row]
            if squared == 0 || length == 0 { return 1 }
            let dot = rows.matrix.withRow(row) { FixedOrder.dot($0, centre) }
            return min(max(1 - dot / (squared.squareRoot() * length), 0), 2)
        }
    }
}
