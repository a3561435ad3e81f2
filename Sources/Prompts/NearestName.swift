/// The known name that somebody who wrote another one most likely meant.
package enum NearestName {
    /// The nearest of `names` by edit distance (Levenshtein), ties to the smaller name; nil when
    /// none is within a third of the length.
    package static func of(_ wrong: String, among names: some Sequence<String>) -> String? {
        let limit = max(1, (wrong.count + 1) / 3)
        var best: (distance: Int, name: String)?
        for name in names.sorted() {
            let distance = distance(Array(wrong.unicodeScalars), Array(name.unicodeScalars))
            if distance <= limit && distance < best?.distance ?? Int.max {
                best = (distance, name)
            }
        }
        return best?.name
    }

    /// `did you mean 'x'?`, or all names when none is near.
    package static func hint(_ wrong: String, among names: some Sequence<String>) -> String {
        let names = names.sorted()
        if let near = of(wrong, among: names) { return "did you mean '\(near)'?" }
        if names.isEmpty { return "no name is known here" }
        return "known names: \(names.prefix(30).joined(separator: ", "))"
    }

    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        if one.count > 64 || other.count > 64 { return Int.max }
        var row = Array(0...other.count)
        for (i, left) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in other.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[other.count]
    }
}
