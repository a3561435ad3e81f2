/// Finds what a user probably meant.
public enum NearestName {
    /// The candidate nearest to `name` by edits, if it is near enough to be a slip: at most two
    /// edits, or a third of the name. Ties go to the earlier candidate.
    public static func of(_ name: String, in candidates: [String]) -> String? {
        let bound = max(2, name.count / 3)
        return candidates.map { (name: $0, distance: distance($0, name)) }
            .filter { $0.distance <= bound }
            .min { $0.distance < $1.distance }?.name
    }

    /// A hint for a name that does not exist: the nearest one, else the list of all.
    public static func hint(_ name: String, in candidates: [String]) -> String? {
        if let nearest = of(name, in: candidates) { return "did you mean `\(nearest)`?" }
        if candidates.isEmpty { return nil }
        return "known here: " + candidates.joined(separator: ", ")
    }

    /// Insertions, deletions, substitutions and transpositions of neighbours (optimal string
    /// alignment) that turn one name into the other.
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.lowercased().utf8)
        let other = Array(other.lowercased().utf8)
        var rows = [Array(0...other.count)]
        for i in 1..<(one.count + 1) {
            var row = [i] + [Int](repeating: 0, count: other.count)
            for j in 1..<(other.count + 1) {
                let substitution = rows[i - 1][j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1)
                row[j] = min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution)
                if i > 1, j > 1, one[i - 1] == other[j - 2], one[i - 2] == other[j - 1] {
                    row[j] = min(row[j], rows[i - 2][j - 2] + 1)
                }
            }
            rows.append(row)
        }
        return rows[one.count][other.count]
    }
}
