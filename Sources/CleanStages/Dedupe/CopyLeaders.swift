internal import Records

/// Of the kept copies of one text, those that speak for all: at most two for each labelling.
///
/// Kept copies with one labelling cannot stand for each other, so any two are of one contrast set
/// or of one line of descent; from there follows that all of them share the set, or all the line.
/// A further copy that two of them (of different sets or lines) may not stand for is therefore of
/// that set or line itself, and none of the others may either. So thousands of copies are
/// compared with a few rows, and nothing is missed. Where members of sets are protected they never
/// need another row to stand for them, and for the other rows only the line of descent counts.
struct CopyLeaders {
    /// In the order of their coming, which is that of preference.
    private(set) var all: [Int] = []
    /// Only looked up, so that its order never shows.
    private var places: [Int32: [Int]] = [:]

    mutating func add(_ row: Int, _ rows: DedupeTable, protectsSets: Bool) {
        let same = places[rows.labelling(row)] ?? []
        guard same.count < 2 else { return }
        if let first = same.first,
            protectsSets ? rows.areOfOneRoot(first, row) : rows.haveOneFamily(first, row)
        {
            return
        }
        places[rows.labelling(row), default: []].append(row)
        all.append(row)
    }
}
