/// Finds what a user probably meant.
public enum NearestName {
    /// How much of a name is compared, in scalars: two names alike so far are alike enough, and a
    /// name that came from outside costs no more than this.
    private static let comparedScalars = 64
    /// How many names a hint lists.
    private static let listedNames = 30

    /// The candidate nearest to `name` by edits, if it is near enough to be a slip.
    ///
    /// Near enough is two edits, or a third of the name. Ties go to the earlier candidate; case
    /// does not count, nor does which separator stands between words.
    public static func of(_ name: String, in candidates: [String]) -> String? {
        let wanted = scalars(name)
        let bound = max(2, wanted.count / 3)
        return candidates.map { (name: $0, distance: distance(scalars($0), wanted)) }
            // A short name is not the slip of one that shares no letter with it.
            .filter { $0.distance <= bound && $0.distance < max(2, wanted.count) }
            .min { $0.distance < $1.distance }?.name
    }

    /// A hint for a name that does not exist: the nearest one, else the list of all.
    public static func hint(_ name: String, in candidates: [String]) -> String? {
        if let nearest = of(name, in: candidates) { return "did you mean `\(nearest)`?" }
        if candidates.isEmpty { return nil }
        let rest = candidates.count - listedNames
        return "known here: " + candidates.prefix(listedNames).joined(separator: ", ")
            + (rest > 0 ? ", and \(rest) more" : "")
    }

    private static func scalars(_ name: String) -> [UInt32] {
        // Lower-casing may lengthen a name, so it is cut before and after.
        let head = String(String.UnicodeScalarView(name.unicodeScalars.prefix(comparedScalars)))
        return head.lowercased().unicodeScalars.prefix(comparedScalars).map {
            separators.contains($0) ? underscore.value : $0.value
        }
    }

    private static let underscore: Unicode.Scalar = "_"
    private static let separators: [Unicode.Scalar] = [" ", "-", ".", "_"]

    /// Insertions, deletions, substitutions and transpositions of neighbours (optimal string
    /// alignment) that turn one name into the other.
    private static func distance(_ one: [UInt32], _ other: [UInt32]) -> Int {
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
