/// Groups of rows that stay together, each with its size and its count of every label.
///
/// A unit's index is its place in the order of first rows. Memory: 8 bytes for each different
/// label of a unit, twice (the second time by label).
struct SplitUnits {
    /// The unit of every row.
    let unitOfRow: [Int32]
    let sizes: [Int32]
    /// Entries of unit u: `offsets[u]..<offsets[u + 1]` of `labels` and `counts`.
    let offsets: [Int]
    let labels: [Int32]
    let counts: [Int32]
    /// How often each label occurs in all rows.
    let totals: [Int]
    /// Units with label l: `labelOffsets[l]..<labelOffsets[l + 1]` of `unitsByLabel`.
    let labelOffsets: [Int]
    let unitsByLabel: [Int32]
    let countsByLabel: [Int32]

    var count: Int { sizes.count }

    init(rows: LabelRows, groups: [Int32]?) {
        let (unitOfRow, members) = Self.units(count: rows.count, groups: groups)
        self.unitOfRow = unitOfRow
        var sizes: [Int32] = []
        var offsets = [0]
        var labels: [Int32] = []
        var counts: [Int32] = []
        var totals = [Int](repeating: 0, count: rows.categories)
        var unitsWithLabel = [Int](repeating: 0, count: rows.categories)
        for unit in 0..<members.offsets.count - 1 {
            let range = members.offsets[unit]..<members.offsets[unit + 1]
            sizes.append(Int32(range.count))
            var gathered: [Int32] = []
            for row in members.rows[range] { gathered += rows[Int(row)] }
            gathered.sort()
            for label in gathered {
                totals[Int(label)] += 1
                if labels.count > offsets[unit], labels[labels.count - 1] == label {
                    counts[counts.count - 1] += 1
                } else {
                    labels.append(label)
                    counts.append(1)
                    unitsWithLabel[Int(label)] += 1
                }
            }
            offsets.append(labels.count)
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
            for entry in offsets[unit]..<offsets[unit + 1] {
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

    /// The unit of each row, and the rows of each unit.
    private static func units(
        count: Int, groups: [Int32]?
    ) -> (unitOfRow: [Int32], members: (offsets: [Int], rows: [Int32])) {
        guard let groups else {
            let all = (0..<count).map(Int32.init)
            return (all, (Array(0...count), all))
        }
        var order = groups.indices.map { row in
            UInt64(UInt32(bitPattern: groups[row])) << 32 | UInt64(row)
        }
        order.sort()
        // Each run of one group is named by its first row; units are numbered by those names.
        var firstOfRow = [Int32](repeating: 0, count: count)
        var isFirst = [Bool](repeating: false, count: count)
        var first: Int32 = 0
        for at in order.indices {
            let row = Int(order[at] & 0xFFFF_FFFF)
            if at == 0 || order[at] >> 32 != order[at - 1] >> 32 {
                first = Int32(row)
                isFirst[row] = true
            }
            firstOfRow[row] = first
        }
        var unitOfFirst = [Int32](repeating: -1, count: count)
        var units: Int32 = 0
        for row in 0..<count where isFirst[row] {
            unitOfFirst[row] = units
            units += 1
        }
        let unitOfRow = firstOfRow.map { unitOfFirst[Int($0)] }
        var offsets = [Int](repeating: 0, count: Int(units) + 1)
        for unit in unitOfRow { offsets[Int(unit) + 1] += 1 }
        for unit in 0..<Int(units) { offsets[unit + 1] += offsets[unit] }
        var fill = offsets
        var rows = [Int32](repeating: 0, count: count)
        for row in 0..<count {
            let unit = Int(unitOfRow[row])
            rows[fill[unit]] = Int32(row)
            fill[unit] += 1
        }
        return (unitOfRow, (offsets, rows))
    }
}
