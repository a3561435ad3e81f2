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
        return candidates.map { name in
            let distance = EditDistance.between(scalars(name), wanted, transpositions: true)
            return (name: name, distance: distance)
        }
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
}
