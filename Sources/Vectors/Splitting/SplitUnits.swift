/// Groups of rows that stay together, each with its size and its count of every label.
///
/// A unit's index is its place in the order of first rows. Memory: 8 bytes for each different
/// label of a unit, twice (the second time by label), 12 a unit and 4 a row.
struct SplitUnits {
    /// The unit of every row.
    let unitOfRow: [Int32]
    let sizes: [Int32]
    /// Entries of unit u: `offsets[u]..<offsets[u + 1]` of `labels` and `counts`.
    private let offsets: [Int32]
    let labels: [Int32]
    let counts: [Int32]
    /// How often each label occurs in all rows.
    let totals: [Int]
    /// Units with label l: `labelOffsets[l]..<labelOffsets[l + 1]` of `unitsByLabel`.
    let labelOffsets: [Int]
    let unitsByLabel: [Int32]
    let countsByLabel: [Int32]

    var count: Int { sizes.count }

    /// The places of a unit's labels in `labels` and `counts`.
    func entries(of unit: Int) -> Range<Int> { Int(offsets[unit])..<Int(offsets[unit + 1]) }

    init(rows: LabelRows, groups: [Int32]?) {
        let (unitOfRow, unitCount) = Self.units(count: rows.count, groups: groups)
        self.unitOfRow = unitOfRow
        let members = Members(unitOfRow, units: unitCount)
        var sizes: [Int32] = []
        var offsets: [Int32] = [0]
        var labels: [Int32] = []
        var counts: [Int32] = []
        var totals = [Int](repeating: 0, count: rows.categories)
        var unitsWithLabel = [Int](repeating: 0, count: rows.categories)
        sizes.reserveCapacity(unitCount)
        offsets.reserveCapacity(unitCount + 1)
        labels.reserveCapacity(rows.labels.count)
        counts.reserveCapacity(rows.labels.count)
        var gathered: [Int32] = []
        for unit in 0..<unitCount {
            let ownRows = members[unit]
            sizes.append(Int32(ownRows.count))
            gathered.removeAll(keepingCapacity: true)
            for row in ownRows { gathered += rows[Int(row)] }
            gathered.sort()
            for label in gathered {
                totals[Int(label)] += 1
                if labels.count > Int(offsets[unit]), labels[labels.count - 1] == label {
                    counts[counts.count - 1] += 1
                } else {
                    labels.append(label)
                    counts.append(1)
                    unitsWithLabel[Int(label)] += 1
                }
            }
            offsets.append(Int32(labels.count))
        }
        self.sizes = sizes
        self.offsets = offsets
        self.labels = labels
        self.counts = counts
        self.totals = totals
        var labelOffsets = [0]
        for number in unitsWithLabel {
            labelOffsets.append(labelOffsets[labelOffsets.count - 1] + number)
        }
        var fill = labelOffsets
        var unitsByLabel = [Int32](repeating: 0, count: labels.count)
        var countsByLabel = unitsByLabel
        for unit in sizes.indices {
            for entry in Int(offsets[unit])..<Int(offsets[unit + 1]) {
                let at = fill[Int(labels[entry])]
                unitsByLabel[at] = Int32(unit)
                countsByLabel[at] = counts[entry]
                fill[Int(labels[entry])] += 1
            }
        }
        self.labelOffsets = labelOffsets
        self.unitsByLabel = unitsByLabel
        self.countsByLabel = countsByLabel
    }

    /// The unit of each row, numbered in the order of first rows, and how many there are.
    private static func units(count: Int, groups: [Int32]?) -> (ofRow: [Int32], count: Int) {
        guard let groups else { return (Array(0..<Int32(count)), count) }
        if let units = numbered(groups) { return (groups, units) }
        let least = Int(groups.min() ?? 0)
        let span = Int(groups.max() ?? 0) - least + 1
        if span > 2 * count + 1_024 { return units(count: count, groups: ranks(groups)) }
        var unitOfGroup = [Int32](repeating: -1, count: span)
        var units: Int32 = 0
        let unitOfRow = groups.map { group in
            let place = Int(group) - least
            if unitOfGroup[place] < 0 {
                unitOfGroup[place] = units
                units += 1
            }
            return unitOfGroup[place]
        }
        return (unitOfRow, Int(units))
    }

    /// How many groups there are; nil unless they are numbered in the order of first rows already.
    private static func numbered(_ groups: [Int32]) -> Int? {
        var units: Int32 = 0
        for group in groups {
            guard group >= 0, group <= units else { return nil }
            if group == units { units += 1 }
        }
        return Int(units)
    }

    /// The places of numbers among the different ones in rising order.
    private static func ranks(_ numbers: [Int32]) -> [Int32] {
        let different = sortedUnique(numbers.map { UInt64(Int($0) - Int(Int32.min)) })
        return numbers.map { number in
            Int32(lowerBound(of: UInt64(Int(number) - Int(Int32.min)), in: different))
        }
    }

    /// The rows of each unit, ascending.
    private struct Members {
        private var offsets: [Int32]
        private var rows: [Int32]

        init(_ unitOfRow: [Int32], units: Int) {
            offsets = [Int32](repeating: 0, count: units + 1)
            rows = [Int32](repeating: 0, count: unitOfRow.count)
            // Every unit's end, which moves to its start as its rows are filled in from the last.
            for unit in unitOfRow { offsets[Int(unit)] += 1 }
            var sum: Int32 = 0
            for unit in offsets.indices {
                sum += offsets[unit]
                offsets[unit] = sum
            }
            for row in unitOfRow.indices.reversed() {
                let unit = Int(unitOfRow[row])
                offsets[unit] -= 1
                rows[Int(offsets[unit])] = Int32(row)
            }
        }

        subscript(unit: Int) -> ArraySlice<Int32> {
            rows[Int(offsets[unit])..<Int(offsets[unit + 1])]
        }
    }
}
