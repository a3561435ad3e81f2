internal import Records
internal import Vectors

/// How large the splits are and how evenly they share the labels: `splits.json`.
struct SplitReport {
    private let plan: SplitPlan
    private let labels: LabelTable
    private let categories: [String]
    private let measures: SplitMeasures?
    /// The rows of each side, by raw value.
    private let sizes: [Int]

    init(
        plan: SplitPlan, labels: LabelTable, categories: [String], shares: [Double]
    ) throws(Fault) {
        self.plan = plan
        self.labels = labels
        self.categories = categories
        var sizes = [0, 0, 0, 0, 0]
        for side in plan.sides { sizes[Int(side.rawValue)] += 1 }
        self.sizes = sizes
        let used = shares.indices.filter { shares[$0] > 0 || sizes[$0] > 0 }
        let rows = (0..<Int32(plan.sides.count)).filter { plan.sides[Int($0)].isSplit }
        if rows.isEmpty {
            measures = nil
            return
        }
        var foldOfSide: [Int32] = [0, 0, 0]
        for (fold, side) in used.enumerated() { foldOfSide[side] = Int32(fold) }
        measures = try SplitMeasures(
            rows: LabelRows(labels, rows: rows),
            folds: rows.map { foldOfSide[Int(plan.sides[Int($0)].rawValue)] },
            ratios: used.map { shares[$0] })
    }

    var json: [UInt8] {
        var root = JSONObject()
        var rows = JSONObject()
        for side in SplitPlan.Side.published {
            rows[side.name] = .integer(sizes[Int(side.rawValue)])
        }
        root["rows"] = .raw(rows.bytes)
        if let measures {
            root["label_distribution"] = .number(measures.labelDistribution)
            root["label_pair_distribution"] = .number(measures.labelPairDistribution)
            root["example_distribution"] = .number(measures.exampleDistribution)
            root["largest_rate_gap"] = .number(measures.largestRateGap)
        }
        var table = JSONObject()
        for (column, category) in categories.enumerated() {
            var counts = JSONObject()
            for side in SplitPlan.Side.splits {
                var cell = JSONObject()
                cell["positive"] = .integer(count(column, side, 1))
                cell["negative"] = .integer(count(column, side, 0))
                counts[side.name] = .raw(cell.bytes)
            }
            table[category] = .raw(counts.bytes)
        }
        root["categories"] = .raw(table.bytes)
        return root.bytes + [UInt8(ascii: "\n")]
    }

    /// One line: the sizes, and the measures of evenness.
    var sentence: String {
        let total = max(1, sizes[0] + sizes[1] + sizes[2])
        var words = SplitPlan.Side.splits.map { side in
            let size = sizes[Int(side.rawValue)]
            let tenths = (size * 2_000 + total) / (2 * total)
            return "\(side.name) \(NumberFormat.number(size)) (\(tenths / 10).\(tenths % 10) %)"
        }
        if sizes[3] > 0 { words.append("unlabelled \(NumberFormat.number(sizes[3]))") }
        guard let measures else { return words.joined(separator: " · ") }
        words.append("LD \(Self.short(measures.labelDistribution))")
        words.append("LPD \(Self.short(measures.labelPairDistribution))")
        words.append("ED \(Self.short(measures.exampleDistribution)) rows")
        return words.joined(separator: " · ")
    }

    /// A sentence about categories that a split lacks, though another has them.
    var holes: String? {
        var missing: [String] = []
        for side in [SplitPlan.Side.val, .test] where sizes[Int(side.rawValue)] > 0 {
            for (column, category) in categories.enumerated() {
                let elsewhere = labels.columns[column].contains(1)
                if elsewhere, count(column, side, 1) == 0 {
                    missing.append("\(category) in \(side.name)")
                }
            }
        }
        if missing.isEmpty { return nil }
        let shown = missing.prefix(6).joined(separator: ", ")
        return "no positive row: \(shown)" + (missing.count > 6 ? ", …" : "")
    }

    private func count(_ column: Int, _ side: SplitPlan.Side, _ label: Int8) -> Int {
        var count = 0
        for (row, value) in labels.columns[column].enumerated()
        where value == label && plan.sides[row] == side {
            count += 1
        }
        return count
    }

    /// Five decimals.
    private static func short(_ number: Double) -> String {
        "\((number * 100_000).rounded() / 100_000)"
    }
}
