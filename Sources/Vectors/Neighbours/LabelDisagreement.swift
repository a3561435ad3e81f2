public import Records

/// How far the nearest neighbours' labels differ from a row's own.
///
/// The share of neighbours, among those whose label in the category is known, that have the other
/// label: a ranking of suspected mislabels that does well beside out-of-fold scores, with k between
/// 10 and 30. Find the neighbours with groups, so that copies and variants of a row do not vouch
/// for it.
public enum LabelDisagreement {
    /// Category → row → share in 0...1; nil where the own label or every neighbour's is unknown.
    ///
    /// Time O(rows · k · categories).
    ///
    /// Throws a `badData` fault when neighbours and labels are not of the same rows.
    public static func shares(
        _ neighbours: [[Neighbour]], _ labels: LabelTable
    ) throws(Fault) -> [[Double?]] {
        guard neighbours.count == labels.rows,
            neighbours.allSatisfy({ $0.allSatisfy { (0..<labels.rows).contains($0.row) } })
        else { throw Fault(.badData, "neighbours and labels are not of the same rows") }
        return labels.columns.map { column in
            neighbours.indices.map { row in
                let own = column[row]
                if own == LabelTable.unknown { return nil }
                var known = 0
                var different = 0
                for neighbour in neighbours[row] where column[neighbour.row] != LabelTable.unknown {
                    known += 1
                    if column[neighbour.row] != own { different += 1 }
                }
                return known == 0 ? nil : Double(different) / Double(known)
            }
        }
    }
}
