internal import Records
internal import Vectors

/// Labels that contradict each other by the taxonomy alone: the cheapest sign of a wrong one.
enum Contradictions {
    /// Rows with a category that is 1 and a category it implies that is 0: both are suspects.
    ///
    /// In a taxonomy of one category a row, all of several categories that are 1.
    static func find(
        _ labels: LabelTable, categories: [String], taxonomy: Taxonomy?
    ) -> [Verdict] {
        guard let taxonomy else { return [] }
        var found: [Verdict] = []
        func add(_ row: Int, _ column: Int, against partner: Int) {
            found.append(
                Verdict(
                    row: Int32(row), category: Int32(column), suspicion: 1, probability: .nan,
                    partner: Int32(partner), given: labels.columns[column][row] == 1,
                    flag: .contradiction))
        }
        if taxonomy.isSingleLabel {
            for row in 0..<labels.rows {
                let positives = labels.columns.indices.filter { labels.columns[$0][row] == 1 }
                if positives.count < 2 { continue }
                for column in positives {
                    add(row, column, against: column == positives[0] ? positives[1] : positives[0])
                }
            }
            return found
        }
        for (child, category) in categories.enumerated() {
            for implied in taxonomy.closure(of: category).dropFirst() {
                guard let parent = categories.firstIndex(of: implied) else { continue }
                for row in 0..<labels.rows
                where labels.columns[child][row] == 1 && labels.columns[parent][row] == 0 {
                    add(row, child, against: parent)
                    add(row, parent, against: child)
                }
            }
        }
        return found
    }
}
