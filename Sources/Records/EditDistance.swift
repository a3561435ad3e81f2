/// How many edits turn one sequence of scalars into another.
public enum EditDistance {
    /// Insertions, deletions and substitutions (Levenshtein) and, if asked for, transpositions of
    /// neighbours that are not edited otherwise (optimal string alignment).
    public static func between(
        _ one: [UInt32], _ other: [UInt32], transpositions: Bool = false
    ) -> Int {
        // What both begin or end with needs no edit.
        let shorter = min(one.count, other.count)
        var start = 0
        while start < shorter, one[start] == other[start] { start += 1 }
        var end = 0
        while end < shorter - start, one[one.count - 1 - end] == other[other.count - 1 - end] {
            end += 1
        }
        let (rows, columns) = (one.count - start - end, other.count - start - end)
        if rows == 0 || columns == 0 { return max(rows, columns) }
        // A row of the table of distances between beginnings, and the one before the last.
        var row = Array(0...columns)
        var beforeLast: [Int] = []
        for i in 1...rows {
            let scalar = one[start + i - 1]
            let last = transpositions ? row : []
            var diagonal = row[0]
            row[0] = i
            for j in 1...columns {
                let wanted = other[start + j - 1]
                let substituted = diagonal + (scalar == wanted ? 0 : 1)
                diagonal = row[j]
                var least = min(substituted, min(diagonal, row[j - 1]) + 1)
                if transpositions, i > 1, j > 1, scalar == other[start + j - 2],
                    wanted == one[start + i - 2]
                {
                    least = min(least, beforeLast[j - 2] + 1)
                }
                row[j] = least
            }
            beforeLast = last
        }
        return row[columns]
    }
}
