internal import Pipeline
internal import Records
internal import Vectors

/// Which rows are outliers in which of their categories, and what is written about it.
struct CentroidVerdict: Portable {
    /// One an entry.
    private(set) var flagged: [Bool]
    /// Categories with too few rows, in order.
    private(set) var untouched: [String] = []
    private let scores: [Double]
    private let measures: CentroidMeasures

    init(
        _ stage: CentroidFilterStage, _ positives: PositiveRows, _ space: CentroidSpace,
        _ measures: CentroidMeasures
    ) throws(Fault) {
        self.measures = measures
        let entries = positives.members().map(\.entries)
        scores = stage.measure == .distance ? measures.distances : measures.margins
        flagged = [Bool](repeating: false, count: positives.entryCount)
        for (category, name) in positives.names.enumerated() {
            if space.centres[category].isEmpty {
                untouched.append(name)
                continue
            }
            // Without another category there is no margin.
            let known = entries[category].filter { !scores[$0].isNaN }
            let rule = stage.rules[name] ?? stage.rule
            for place in try rule.outliers(known.map { scores[$0] }) {
                flagged[known[place]] = true
            }
        }
        untouched.sort()
    }

    func outcome(
        _ row: Row, _ stage: CentroidFilterStage, _ positives: PositiveRows
    ) -> Outcome {
        let entries = positives.range(of: row.index)
        let isOutlier =
            stage.when == .any
            ? entries.contains { flagged[$0] }
            : !entries.isEmpty && entries.allSatisfy { flagged[$0] }
        if isOutlier, stage.action == .refuse, let worst = worst(of: entries) {
            return .refuse(
                "centroid_distance", score: scores[worst],
                detail: "category \(positives.names[positives.category(worst)])")
        }
        var distances = JSONObject()
        for entry in entries where !measures.distances[entry].isNaN {
            distances[positives.names[positives.category(entry)]] = .number(
                measures.distances[entry])
        }
        var note = JSONObject()
        note["distances"] = .raw(distances.bytes)
        note["review"] = .boolean(isOutlier)
        return Outcome(.keep, note: note.bytes)
    }

    func write(to bytes: inout PortableWriter) {
        flagged.write(to: &bytes)
        untouched.write(to: &bytes)
        scores.write(to: &bytes)
        measures.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        flagged = try [Bool](from: &bytes)
        untouched = try [String](from: &bytes)
        scores = try [Double](from: &bytes)
        measures = try CentroidMeasures(from: &bytes)
    }

    private func worst(of entries: Range<Int>) -> Int? {
        var worst: Int?
        for entry in entries where flagged[entry] {
            if worst.map({ scores[entry] > scores[$0] }) ?? true { worst = entry }
        }
        return worst
    }

    /// The flagged rows, most suspicious first, a line each.
    ///
    /// - Parameter ids: Of the rows with a flagged category, in their order.
    func review(
        _ positives: PositiveRows, ids: [String]
    ) -> (bytes: [UInt8], count: Int) {
        var found: [(entry: Int, id: String)] = []
        var ids = ids[...]
        for row in 0..<positives.count {
            let entries = positives.range(of: row).filter { flagged[$0] }
            guard !entries.isEmpty, let id = ids.popFirst() else { continue }
            found += entries.map { ($0, id) }
        }
        let sorted = found.sorted {
            (-scores[$0.entry], $0.entry) < (-scores[$1.entry], $1.entry)
        }
        var bytes: [UInt8] = []
        for item in sorted {
            var line = JSONObject()
            line["id"] = .string(item.id)
            line["category"] = .string(positives.names[positives.category(item.entry)])
            line["distance"] = .number(measures.distances[item.entry])
            line["margin"] = .number(measures.margins[item.entry])
            bytes += line.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        return (bytes, sorted.count)
    }

    /// Counts of distances and margins in bins of a hundredth, by category in order of names.
    func histograms(
        _ stage: CentroidFilterStage, _ positives: PositiveRows
    ) -> [UInt8] {
        let entries = positives.members().map(\.entries)
        var categories = JSONObject()
        let order = positives.names.indices.sorted {
            positives.names[$0].utf8.lexicographicallyPrecedes(positives.names[$1].utf8)
        }
        for category in order {
            let name = positives.names[category]
            let own = entries[category]
            var object = JSONObject()
            object["rows"] = .integer(own.count)
            object["outliers"] = .integer(own.count { flagged[$0] })
            object["limit"] = .string((stage.rules[name] ?? stage.rule).words)
            object["threshold"] =
                own.filter { flagged[$0] }.map { scores[$0] }.min().map { .number($0) } ?? .null
            object["distances"] = .raw(
                Self.histogram(own.map { measures.distances[$0] }, from: 0, bins: 201))
            object["margins"] = .raw(
                Self.histogram(own.map { measures.margins[$0] }, from: -2, bins: 401))
            categories[name] = .raw(object.bytes)
        }
        var all = JSONObject()
        all["by"] = .string(stage.measure.rawValue)
        all["bin_width"] = .number(0.01)
        all["distances_from"] = .integer(0)
        all["margins_from"] = .integer(-2)
        all["categories"] = .raw(categories.bytes)
        return all.bytes + [UInt8(ascii: "\n")]
    }

    private static func histogram(_ values: [Double], from: Double, bins: Int) -> [UInt8] {
        var counts = [Int](repeating: 0, count: bins)
        for value in values where !value.isNaN {
            counts[min(max(Int(((value - from) * 100).rounded(.down)), 0), bins - 1)] += 1
        }
        return Array("[\(counts.map(String.init).joined(separator: ","))]".utf8)
    }
}
