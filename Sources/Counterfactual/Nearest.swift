/// The name a user most likely meant.
enum Nearest {
    /// A hint with the nearest name, or all of them.
    static func hint(_ name: String, among names: [String]) -> String {
        let best = names.map { ($0, distance(Array(name), Array($0))) }.min { $0.1 < $1.1 }
        if let (nearest, distance) = best, distance <= max(1, name.count / 3) {
            return "did you mean `\(nearest)`?"
        }
        return "there are " + names.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// Levenshtein's distance.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var row = Array(0...other.count)
        for (index, character) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (other[column] == character ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, min(diagonal, row[column]) + 1)
            }
        }
        return row[other.count]
    }
}
