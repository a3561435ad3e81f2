internal import FoundationEssentials
internal import Records

/// The numbers of a finished stage that a gate can bound.
///
/// - counts of rows: `input`, `added`, `kept`, `refused`, `kept_share`, `refused_share`,
///   `refused.REASON`;
/// - the rows it left: `positives.CATEGORY`, `negatives.CATEGORY`, `positive_share.CATEGORY`,
///   `sources.SOURCE`, and of contrast sets `sets.count`, `sets.single_share` (those with one row
///   left) and `sets.positive_share.CATEGORY`;
/// - any number in its JSON files, by its path: `macroPresent.f1`, `categories.spam.f1`.
struct StageMetrics {
    private let counted: [String: Double]
    private let files: [JSONValue]

    /// - Throws: `badData` for rows that cannot be read.
    init(_ manifest: Manifest, folder: String) throws(Fault) {
        var counted = Self.counts(manifest.counts)
        var rows = RowTally()
        try Dataset(folder: folder, manifest: manifest).forEachRecord { rows.add($0) }
        counted.merge(rows.numbers) { own, _ in own }
        self.counted = counted
        files = manifest.extras.filter { $0.path.hasSuffix(".json") }.compactMap { file in
            FileManager.default.contents(atPath: "\(folder)/\(file.path)")
                .flatMap { try? JSONValue(Array($0), path: file.path) }
        }
    }

    subscript(name: String) -> Double? {
        if let number = counted[name] { return number }
        let parts = name.split(separator: ".").map(String.init)
        for file in files {
            if let number = Self.number(file, parts[...]) { return number }
        }
        return nil
    }

    /// The names of what is counted, sorted.
    var names: [String] { counted.keys.sorted() }

    private static func counts(_ counts: Manifest.Counts) -> [String: Double] {
        let all = counts.input + counts.added
        var numbers = [
            "input": Double(counts.input), "added": Double(counts.added),
            "kept": Double(counts.kept), "refused": Double(counts.refused),
        ]
        if all > 0 {
            numbers["kept_share"] = Double(counts.kept) / Double(all)
            numbers["refused_share"] = Double(counts.refused) / Double(all)
        }
        for (reason, rows) in counts.refusedByReason { numbers["refused.\(reason)"] = Double(rows) }
        return numbers
    }

    /// The number at a path; names with dots are tried whole, and an element of a list is named by
    /// its `category`, `name` or `kind`, or by its place.
    private static func number(_ value: JSONValue, _ path: ArraySlice<String>) -> Double? {
        if path.isEmpty { return value.double }
        for end in (path.startIndex + 1...path.endIndex).reversed() {
            let name = path[..<end].joined(separator: ".")
            guard let child = child(value, name) else { continue }
            if let number = number(child, path[end...]) { return number }
        }
        return nil
    }

    private static func child(_ value: JSONValue, _ name: String) -> JSONValue? {
        if let member = value[name] { return member }
        guard let elements = value.array else { return nil }
        let named = elements.first { element in
            ["category", "name", "kind"].contains { element[$0]?.string == name }
        }
        if let named { return named }
        guard let place = Int(name), elements.indices.contains(place) else { return nil }
        return elements[place]
    }
}

/// What rows are, counted.
private struct RowTally {
    private var labels: [String: (positives: Int, negatives: Int)] = [:]
    private var ofSets: [String: (positives: Int, negatives: Int)] = [:]
    private var sources: [String: Int] = [:]
    private var sets: [String: Int] = [:]

    mutating func add(_ record: Record) {
        sources[record.provenance.source.rawValue, default: 0] += 1
        if let set = record.provenance.setID { sets[set, default: 0] += 1 }
        for label in record.labels.known {
            Self.add(label, to: &labels)
            if record.provenance.setID != nil { Self.add(label, to: &ofSets) }
        }
    }

    private static func add(
        _ label: Labels.Label, to counts: inout [String: (positives: Int, negatives: Int)]
    ) {
        counts[label.category, default: (0, 0)].positives += label.value ? 1 : 0
        counts[label.category, default: (0, 0)].negatives += label.value ? 0 : 1
    }

    var numbers: [String: Double] {
        var numbers: [String: Double] = ["sets.count": Double(sets.count)]
        for (category, counts) in labels {
            numbers["positives.\(category)"] = Double(counts.positives)
            numbers["negatives.\(category)"] = Double(counts.negatives)
            numbers["positive_share.\(category)"] = Self.share(counts)
        }
        for (category, counts) in ofSets {
            numbers["sets.positive_share.\(category)"] = Self.share(counts)
        }
        for (source, rows) in sources { numbers["sources.\(source)"] = Double(rows) }
        if !sets.isEmpty {
            let single = sets.values.count { $0 == 1 }
            numbers["sets.single_share"] = Double(single) / Double(sets.count)
        }
        return numbers
    }

    private static func share(_ counts: (positives: Int, negatives: Int)) -> Double {
        Double(counts.positives) / Double(counts.positives + counts.negatives)
    }
}
