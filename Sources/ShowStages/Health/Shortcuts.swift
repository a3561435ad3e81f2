internal import FoundationEssentials
internal import Glibc
internal import Pipeline
internal import Records
internal import StageKit

/// The content of `health.json`.
struct Health: Codable, Sendable, Equatable, Portable {
    /// How a label goes with one feature of the rows.
    struct Shortcut: Codable, Sendable, Equatable {
        /// From 1, over all kinds and categories, the strongest first.
        var rank: Int
        /// Among the findings of its kind.
        var rankOfKind: Int
        var category: String
        var kind: String
        /// The token, or the value that goes with the label most: a length, a source.
        var value: String
        /// Rows of that value whose label is known.
        var rows: Int
        var positives: Int
        /// The share of positives among them, and among all rows.
        var share: Double
        var shareOfAll: Double
        /// How much of the label's entropy the feature takes away, 0...1: 1 gives it away.
        var explained: Double
        /// Ids of rows of that value with the label it goes with.
        var examples: [String] = []
    }

    struct Balance: Codable, Sendable, Equatable {
        var category: String
        var positives: Int
        var negatives: Int
    }

    var rows: Int
    var labelled: Int
    /// Whether a row of one category counts as 0 in the others.
    var isSingleLabel: Bool
    var balance: [Balance]
    /// Categories that no row has: nothing can be learnt of them.
    var unreachable: [String]
    var shortcuts: [Shortcut]

    func write(to bytes: inout PortableWriter) {
        let json = try? EvaluateStage.encode(self, isPretty: false)
        require(json != nil, "shares are numbers that JSON has")
        (json ?? []).write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        let data = Data(try [UInt8](from: &bytes))
        guard let read = try? JSONDecoder().decode(Health.self, from: data) else {
            throw PortableReader.damaged
        }
        self = read
    }
}

extension Health {
    /// How far a finding must lie above chance: G - (values - 1), whose mean is 0 by chance; of
    /// 50,000 tokens in 20 categories about one reaches this.
    private static let leastEvidence = 25.0

    /// - Parameters:
    ///   - isSingleLabel: Whether a row of one category is known to have no other.
    ///   - limit: So many findings of each kind and category are kept.
    init(
        _ counts: FeatureCounts, _ categories: [String], rows: Int, isSingleLabel: Bool, limit: Int
    ) {
        self.rows = rows
        self.isSingleLabel = isSingleLabel
        labelled = counts.all.labelled
        let tables = LabelTables(counts, isSingleLabel: isSingleLabel)
        var all = LabelCell(categories: categories.count)
        all.merge(counts.all)
        balance = categories.indices.map { place in
            let (positives, negatives) = tables.labels(all, place)
            return Balance(
                category: categories[place], positives: positives, negatives: negatives)
        }
        unreachable = balance.filter { $0.positives == 0 }.map(\.category)
        var found: [Shortcut] = []
        for (place, category) in categories.enumerated() {
            for kind in RowFeature.Kind.allCases {
                let own = tables.findings(kind, place, category, least: Self.leastEvidence)
                found += own.sorted(by: Self.precedes).prefix(limit)
            }
        }
        shortcuts = found.sorted(by: Self.precedes)
        var ofKind: [String: Int] = [:]
        for index in shortcuts.indices {
            shortcuts[index].rank = index + 1
            ofKind[shortcuts[index].kind, default: 0] += 1
            shortcuts[index].rankOfKind = ofKind[shortcuts[index].kind] ?? 0
        }
    }

    private static func precedes(_ one: Shortcut, _ other: Shortcut) -> Bool {
        if one.explained != other.explained { return one.explained > other.explained }
        let (a, b) = (
            [one.category, one.kind, one.value], [other.category, other.kind, other.value]
        )
        return a.lexicographicallyPrecedes(b) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The notes for the user: the strongest finding that is no word, and what cannot be learnt.
    var sentences: [String] {
        var sentences: [String] = []
        if let first = shortcuts.first(where: { $0.kind != RowFeature.Kind.word.rawValue }) {
            // Where the value is a token, it is text of rows and stays in the file.
            let isText = first.kind == RowFeature.Kind.placeholder.rawValue
            sentences.append(
                (isText ? "A placeholder goes" : "The \(first.kind) `\(first.value)` goes")
                    + " with `\(first.category)`: "
                    + "\(NumberFormat.number(first.positives)) of "
                    + "\(NumberFormat.number(first.rows)) rows with it, "
                    + "\(DecimalFormat.fixed(100 * first.shareOfAll, 1)) % of all; rank "
                    + "\(first.rank) of \(NumberFormat.count(shortcuts.count, "shortcut")) in "
                    + "`health.json`.")
        }
        if !unreachable.isEmpty {
            sentences.append(
                "No row has " + unreachable.map { "`\($0)`" }.joined(separator: ", ") + ".")
        }
        return sentences
    }
}

/// Labels by feature, and how much the one says of the other.
private struct LabelTables {
    private let counts: FeatureCounts
    private let isSingleLabel: Bool
    private let ofKind: [RowFeature.Kind: [(RowFeature, LabelCell)]]

    init(_ counts: FeatureCounts, isSingleLabel: Bool) {
        self.counts = counts
        self.isSingleLabel = isSingleLabel
        ofKind = Dictionary(grouping: counts.cells.sorted { $0.key < $1.key }) { $0.key.kind }
            .mapValues { $0.map { ($0.key, $0.value) } }
    }

    func labels(_ cell: LabelCell, _ place: Int) -> (positives: Int, negatives: Int) {
        let positives = cell.positives[place]
        return (positives, isSingleLabel ? cell.labelled - positives : cell.negatives[place])
    }

    func findings(
        _ kind: RowFeature.Kind, _ place: Int, _ category: String, least: Double
    ) -> [Health.Shortcut] {
        guard !counts.all.positives.isEmpty else { return [] }
        let all = labels(counts.all, place)
        let rows = all.positives + all.negatives
        guard all.positives > 0, all.negatives > 0, let cells = ofKind[kind] else { return [] }
        let base = Double(all.positives) / Double(rows)
        func finding(_ groups: [(Int, Int)], shown: RowFeature, _ own: (Int, Int)) -> [Health
            .Shortcut]
        {
            let (evidence, explained) = Self.association(groups)
            guard evidence >= least else { return [] }
            return [
                Health.Shortcut(
                    rank: 0, rankOfKind: 0, category: category, kind: kind.rawValue,
                    value: shown.value, rows: own.0 + own.1, positives: own.0,
                    share: Double(own.0) / Double(own.0 + own.1), shareOfAll: base,
                    explained: explained)
            ]
        }
        let own = cells.map { ($0.0, labels($0.1, place)) }.filter { $0.1.0 + $0.1.1 > 0 }
        if kind.isSingleValued {
            // The value that lies farthest from the share of all rows, by its own evidence; of two
            // values, which part the rows alike, the one that goes with the category.
            func evidence(_ one: (Int, Int)) -> Double {
                Self.association([one, (all.positives - one.0, all.negatives - one.1)]).evidence
            }
            var best: (RowFeature, (Int, Int), Double)?
            for (feature, pair) in own {
                let found = evidence(pair)
                let isEqual = best.map { abs(found - $0.2) < 1e-6 * abs(found) } ?? false
                let isLikelier = best.map {
                    pair.0 * ($0.1.0 + $0.1.1) > $0.1.0 * (pair.0 + pair.1)
                }
                if isEqual ? isLikelier ?? false : found > best?.2 ?? -.infinity {
                    best = (feature, pair, found)
                }
            }
            guard own.count > 1, let best else { return [] }
            return finding(own.map(\.1), shown: best.0, best.1)
        }
        return own.flatMap { feature, pair in
            finding(
                [pair, (all.positives - pair.0, all.negatives - pair.1)], shown: feature, pair)
        }
    }

    /// G - (groups - 1), and the share of the label's entropy that the groups take away, with the
    /// bias of small counts taken off (Miller 1955), to six digits.
    private static func association(
        _ groups: [(Int, Int)]
    ) -> (evidence: Double, explained: Double) {
        func part(_ count: Int, _ whole: Int) -> Double {
            count == 0 ? 0 : Double(count) * log(Double(count) / Double(whole))
        }
        var (positives, negatives, inside) = (0, 0, 0.0)
        var filled = 0
        for (hits, misses) in groups where hits + misses > 0 {
            filled += 1
            positives += hits
            negatives += misses
            inside += part(hits, hits + misses) + part(misses, hits + misses)
        }
        let whole =
            -(part(positives, positives + negatives) + part(negatives, positives + negatives))
        guard whole > 0, filled > 1 else { return (0, 0) }
        let gain = whole + inside - Double(filled - 1) / 2
        return (2 * gain, max(0, (gain / whole * 1e6).rounded() / 1e6))
    }
}
