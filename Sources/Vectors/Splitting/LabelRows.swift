public import Records

/// The positive labels of every row, as indices of categories.
///
/// An absent category is 0 or unknown: splitting and its measures look at known positives alone.
/// Memory: 4 bytes a positive label and 4 a row.
public struct LabelRows: Sendable, Equatable {
    /// How many categories there are; labels lie in `0..<categories`.
    public let categories: Int
    /// Where the labels of a row start in `labels`; one more entry than rows.
    let offsets: [Int32]
    let labels: [Int32]

    public var count: Int { offsets.count - 1 }

    /// The labels of each row, in rising order and without repeats.
    ///
    /// Throws a `badData` fault when a label is out of range, repeated or out of order.
    public init(categories: Int, rows: [[Int]]) throws(Fault) {
        guard categories >= 0, categories < Int(Int32.max) else {
            throw Fault(.badData, "the number of categories is out of range")
        }
        var offsets: [Int32] = [0]
        var labels: [Int32] = []
        offsets.reserveCapacity(rows.count + 1)
        for (row, members) in rows.enumerated() {
            var previous = -1
            for label in members {
                guard label > previous, label < categories else {
                    throw Fault(
                        .badData, "the labels of a row are not rising category indices",
                        why: "row \(row), label \(label) of \(categories) categories")
                }
                previous = label
                labels.append(Int32(label))
            }
            offsets.append(Int32(labels.count))
        }
        self.init(categories: categories, offsets: offsets, labels: labels)
    }

    /// The known positive labels of a table; 0 and unknown are both absent.
    public init(_ table: LabelTable) { self.init(table, places: 0..<Int32(table.rows)) }

    /// The known positive labels of some rows of a table, in the order given.
    public init(_ table: LabelTable, rows: [Int32]) { self.init(table, places: rows) }

    private init(_ table: LabelTable, places rows: some Collection<Int32>) {
        var offsets: [Int32] = [0]
        var labels: [Int32] = []
        offsets.reserveCapacity(rows.count + 1)
        labels.reserveCapacity(table.columns.reduce(0) { $0 + $1.count { $0 == 1 } })
        for row in rows {
            for category in 0..<table.categories where table.columns[category][Int(row)] == 1 {
                labels.append(Int32(category))
            }
            offsets.append(Int32(labels.count))
        }
        self.init(categories: table.categories, offsets: offsets, labels: labels)
    }

    init(categories: Int, offsets: [Int32], labels: [Int32]) {
        self.categories = categories
        self.offsets = offsets
        self.labels = labels
    }

    /// The labels of row `row`, in rising order.
    public subscript(row: Int) -> ArraySlice<Int32> {
        labels[Int(offsets[row])..<Int(offsets[row + 1])]
    }

    /// Rows whose labels are the pairs of labels that stand together in a row of these.
    ///
    /// Only pairs that occur are numbered, in rising order of (first, second). Time O(p log p) and
    /// memory 12 bytes for each of the p pairs: a row of m labels has m (m - 1) / 2.
    func pairs() -> LabelRows {
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(count + 1)
        var keys: [UInt64] = []
        for row in 0..<count {
            let members = self[row]
            for first in members.indices {
                for second in members.indices[(first + 1)...] {
                    keys.append(UInt64(members[first]) << 32 | UInt64(members[second]))
                }
            }
            offsets.append(Int32(keys.count))
        }
        let present = sortedUnique(keys)
        let labels = keys.map { key in Int32(lowerBound(of: key, in: present)) }
        return LabelRows(categories: present.count, offsets: offsets, labels: labels)
    }

    /// These labels and, numbered behind them, those of `other` for the same rows.
    func joined(with other: LabelRows) -> LabelRows {
        require(other.count == count, "joined labels are of the same rows")
        if other.categories == 0 { return self }
        var offsets: [Int32] = [0]
        var joined: [Int32] = []
        offsets.reserveCapacity(count + 1)
        joined.reserveCapacity(labels.count + other.labels.count)
        for row in 0..<count {
            joined += self[row]
            joined += other[row].lazy.map { $0 + Int32(categories) }
            offsets.append(Int32(joined.count))
        }
        return LabelRows(
            categories: categories + other.categories, offsets: offsets, labels: joined)
    }
}

/// The different values in rising order.
func sortedUnique(_ values: [UInt64]) -> [UInt64] {
    let sorted = values.sorted()
    var unique: [UInt64] = []
    for value in sorted where value != unique.last { unique.append(value) }
    return unique
}

/// The first index of `sorted` whose value is not below `value`.
func lowerBound(of value: UInt64, in sorted: [UInt64]) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
        let middle = (low + high) / 2
        if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
}
