/// The name a user most likely meant.
enum Nearest {
    /// A hint with the nearest name, or all of them.
    static func hint(_ name: String, among names: [String]) -> String {
        let wanted = name.unicodeScalars.map(\.value)
        let best = names.map { ($0, Levenshtein.distance(wanted, $0.unicodeScalars.map(\.value))) }
            .min { $0.1 < $1.1 }
        if let (name, distance) = best, distance <= max(2, wanted.count / 3) {
            return "did you mean `\(name)`?"
        }
        return "there are " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
