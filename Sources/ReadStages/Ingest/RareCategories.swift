internal import Records

/// Which categories have too few rows and are merged into others, as their taxonomy says
/// (`merge_into`, `merge_below_rows`).
enum RareCategories {
    static func hasRules(_ taxonomy: Taxonomy?) -> Bool {
        taxonomy?.categories.contains { $0.mergeInto != nil && $0.mergeBelowRows > 0 } ?? false
    }

    /// For each merged category the one that takes its rows in the end.
    ///
    /// In the taxonomy's order, each with the rows that were merged into it so far. A category that
    /// would be merged into itself in a circle stays.
    static func merges(_ taxonomy: Taxonomy, rows: [String: Int]) -> [String: String] {
        var rows = rows
        var merges: [String: String] = [:]
        for category in taxonomy.categories {
            guard let first = category.mergeInto,
                rows[category.id, default: 0] < category.mergeBelowRows
            else { continue }
            let target = end(of: first, merges)
            if target == category.id { continue }
            merges[category.id] = target
            rows[target, default: 0] += rows[category.id, default: 0]
        }
        return merges.mapValues { end(of: $0, merges) }
    }

    private static func end(of category: String, _ merges: [String: String]) -> String {
        var category = category
        while let next = merges[category] { category = next }
        return category
    }
}
