/// Levenshtein's distance: inserted, deleted and replaced scalars.
enum Levenshtein {
    static func distance(_ one: [UInt32], _ other: [UInt32]) -> Int {
        if one == other { return 0 }
        var row = Array(0...other.count)
        for (index, scalar) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (other[column] == scalar ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, min(diagonal, row[column]) + 1)
            }
        }
        return row[other.count]
    }
}
