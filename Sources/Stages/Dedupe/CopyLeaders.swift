internal import Records

/// Of the kept copies of one text, those that speak for all: at most two for each labelling.
///
/// Kept copies with one labelling cannot stand for each other, so any two are of one contrast set
/// or of one line of descent; from there follows that all of them share the set, or all the line.
/// A further copy that two of them (of different sets or lines) may not stand for is therefore of
/// that set or line itself, and none of the others may either. So thousands of copies are
/// compared with a few rows, and nothing is missed.
struct CopyLeaders {
    /// In the order of their coming, which is that of preference.
    private(set) var all: [Int] = []
    /// Only looked up, so that its order never shows.
    private var places: [Labels: [Int]] = [:]

    mutating func add(_ row: Int, _ rows: [DedupeRow]) {
        let same = places[rows[row].labels] ?? []
        guard same.count < 2 else { return }
        if let first = same.first, rows[first].set == rows[row].set,
            rows[first].root == rows[row].root
        {
            return
        }
        places[rows[row].labels, default: []].append(row)
        all.append(row)
    }
}

/// Numbers labellings in the order of their coming.
struct LabellingNumbers {
    private var numbers: [Labels: Int32] = [:]

    mutating func number(of labels: Labels) -> Int32 {
        if let number = numbers[labels] { return number }
        let number = Int32(numbers.count)
        numbers[labels] = number
        return number
    }
}
