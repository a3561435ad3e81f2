import Records

/// Records whose vectors lie in separate clouds, one a category, with some labels made wrong.
enum Clouds {
    struct Made {
        var records: [Record]
        /// Ids of rows whose label was changed.
        var wrong: Set<String>
    }

    /// Two clouds labelled `spam` 1 and 0.
    static func two(
        _ count: Int, wrong: Int, seed: UInt64 = 1, spread: Double = 0.2
    ) -> Made {
        var draws = CounterRNG(seed: seed, purpose: "clouds")
        var records: [Record] = []
        for number in 0..<count {
            let isSpam = number % 2 == 0
            let centre = isSpam ? [1.0, 0, 0, 0.2] : [0, 1.0, 0, 0.2]
            records.append(
                Record(
                    id: "r\(number)", text: "text \(number)", labels: Labels(["spam": isSpam]),
                    metadata: vector(centre, spread, &draws)))
        }
        let chosen = draws.sample(wrong, of: Array(0..<count))
        for at in chosen { records[at].labels["spam"] = records[at].labels["spam"] == false }
        return Made(records: records, wrong: Set(chosen.map { records[$0].id }))
    }

    /// As many clouds as categories `c0`, `c1`, …, one category a row.
    static func many(
        _ count: Int, categories: Int, wrong: Int, seed: UInt64 = 1
    ) -> Made {
        var draws = CounterRNG(seed: seed, purpose: "clouds")
        var classes = (0..<count).map { $0 % categories }
        let vectors = classes.map { category in
            vector((0..<categories).map { $0 == category ? 1 : 0 }, 0.2, &draws)
        }
        let chosen = draws.sample(wrong, of: Array(0..<count))
        for at in chosen { classes[at] = (classes[at] + 1) % categories }
        let records = (0..<count).map { row in
            Record(
                id: "r\(row)", text: "text \(row)", labels: Labels(["c\(classes[row])": true]),
                metadata: vectors[row])
        }
        return Made(records: records, wrong: Set(chosen.map { "r\($0)" }))
    }

    static func vector(
        _ centre: [Double], _ spread: Double, _ draws: inout CounterRNG
    ) -> [UInt8] {
        let numbers = centre.map { "\($0 + spread * (draws.unit() + draws.unit() - 1))" }
        return Array("{\"v\":[\(numbers.joined(separator: ","))]}".utf8)
    }
}
