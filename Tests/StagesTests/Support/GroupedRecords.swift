import Records

/// Random labelled records in families, contrast sets and with synthetic members.
enum GroupedRecords {
    /// - Parameters:
    ///   - synthetic: The chance that a child is the work of a program.
    ///   - family: The largest number of children of a root.
    static func make(
        _ count: Int, seed: UInt64, categories: Int = 4, synthetic: Double = 0.5, family: Int = 3,
        unlabelled: Double = 0
    ) -> [Record] {
        var draws = CounterRNG(seed: seed, purpose: "grouped records")
        var records: [Record] = []
        while records.count < count {
            var root = Record(id: "r\(records.count)", text: "text \(records.count)")
            root.labels = labels(&draws, categories, unlabelled)
            if draws.chance(0.1) { root.provenance.setID = "set\(draws.below(10))" }
            records.append(root)
            for _ in 0..<draws.below(family + 1) where records.count < count {
                var child = Record(id: "c\(records.count)", text: "child \(records.count)")
                child.labels = root.labels
                child.provenance.parentID = root.id
                child.provenance.rootID = root.id
                if draws.chance(synthetic) { child.provenance.source = .perturbation }
                records.append(child)
            }
        }
        return draws.shuffled(records)
    }

    private static func labels(
        _ draws: inout CounterRNG, _ categories: Int, _ unlabelled: Double
    ) -> Labels {
        var labels = Labels()
        if draws.chance(unlabelled) { return labels }
        for category in 0..<categories where draws.chance(0.9) {
            labels["c\(category)"] = draws.chance(0.4 / Double(category + 1))
        }
        return labels
    }
}

/// Texts that stages must take as they come.
enum HostileTexts {
    static let all = [
        "", " ", "\u{0}", "\u{2028}\u{2029}", "{\"id\":1}", "\u{202E}abc", "a\u{0301}\u{0301}",
        "\u{1F468}\u{200D}\u{1F469}", "{{ x }}", String(repeating: "x", count: 5_000), "\r\n\t",
        "\u{FEFF}bom", "null",
    ]
}
