internal import Pipeline
internal import Records
internal import Text
internal import Vectors

/// Labels by the phrases of lexicons: no model, no call.
struct LexiconLabeller: Labeller {
    let name: String
    let isRemote = false
    let space: LabelSpace
    let lexicons: CategoryLexicons
    let threshold: Double
    let minimumConfidence: Double
    /// Whether a text without any phrase of a category is labelled 0 in it.
    let answersNegatives: Bool

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        let scores = lexicons.risks(of: row.record.text)
        if scores.isEmpty { return .pass("unsure") }
        var labels = space.labels(
            from: scores, threshold: threshold,
            otherwise: answersNegatives ? lexicons.otherwise : nil)
        if !answersNegatives {
            if !labels.values.contains(true) { return .pass("unsure") }
            if !space.taxonomy.isSingleLabel { labels = labels.filter(\.value) }
        }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        let confidence = LabelAnswer.confidence(of: scores)
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        return .answer(LabelAnswer(labels: closed, confidence: confidence, scores: scores))
    }
}

/// Labels by one logistic model a category, fitted on the rows of this dataset that are labelled.
///
/// Logistic regression, balanced classes, L2 (scikit-learn's `LogisticRegression`, C = 1).
struct LinearLabeller: Labeller {
    let name: String
    let isRemote = false
    let space: LabelSpace
    let matrix: Matrix
    /// The categories that had both kinds of row to learn from, and their models.
    let models: [(id: String, model: LogisticModel)]
    let minimumConfidence: Double

    /// - Parameter labels: Every row's labels before this stage.
    static func fit(
        _ labels: [Labels], matrix: Matrix, space: LabelSpace, name: String,
        minimumConfidence: Double, threads: Int
    ) async throws(Fault) -> LinearLabeller {
        let ids = space.ids
        let columns = ids.map { id in
            labels.map { $0[id].map { $0 ? Int8(1) : 0 } ?? LabelTable.unknown }
        }
        let table = try LabelTable(rows: labels.count, columns: columns)
        let fitted = try await OneVersusRest.fit(
            matrix: matrix, labels: table, settings: LogisticSettings(isBalanced: true),
            threads: threads)
        let models = zip(ids, fitted.models).filter { $0.1.supported }.map { ($0.0, $0.1) }
        return LinearLabeller(
            name: name, space: space, matrix: matrix, models: models,
            minimumConfidence: minimumConfidence)
    }

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        var scores: [String: Double] = [:]
        for (id, model) in models { scores[id] = model.probability(matrix, row.index) }
        if scores.isEmpty { return .pass("unsure") }
        let labels: [String: Bool]
        let confidence: Double
        if space.taxonomy.isSingleLabel {
            labels = space.labels(from: scores, threshold: 0)
            confidence = scores.values.max() ?? 0
        } else {
            labels = space.labels(from: scores, threshold: 0.5)
            confidence = LabelAnswer.confidence(of: scores)
        }
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        return .answer(LabelAnswer(labels: closed, confidence: confidence, scores: scores))
    }
}

/// The lexicons that speak for a taxonomy's categories.
///
/// `<folder>/<taxonomy>/<category>.tsv`; for a taxonomy without a folder of its own,
/// `<folder>/aliases.yaml` says which lexicons of `moderation-18` stand in.
struct CategoryLexicons: Sendable {
    private let scan: KeywordScan
    /// Category → places in the scan's risks; the largest counts.
    private let sources: [(id: String, places: [Int])]
    /// Category → places of which all must speak; the smallest counts.
    private let joint: [(id: String, places: [Int])]
    /// The category of a text that no lexicon speaks about, in a single-label taxonomy.
    let otherwise: String?

    static let base = "moderation-18"

    init(folder: String, taxonomy: Taxonomy) throws(Fault) {
        let own = "\(folder)/\(taxonomy.name)"
        let files = Paths.isFolder(own) ? own : "\(folder)/\(Self.base)"
        let names = FileSystem.names(in: files).filter { $0.hasSuffix(".tsv") }
            .map { String($0.dropLast(4)) }
        if names.isEmpty {
            throw Fault(
                .configuration, "the folder has no lexicons for `\(taxonomy.name)`",
                at: .file(folder), hint: "one <category>.tsv in \(own), or an alias")
        }
        var lexicons: [Lexicon] = []
        for name in names {
            lexicons.append(try Lexicon(path: "\(files)/\(name).tsv", category: name))
        }
        scan = try KeywordScan(lexicons)
        func places(_ names: [String]) -> [Int] {
            names.compactMap { name in lexicons.firstIndex { $0.category == name } }
        }
        let aliases =
            files == own ? nil : try Self.aliases("\(folder)/aliases.yaml")?[taxonomy.name]
        otherwise = aliases?["otherwise"]?.words.first
        sources = taxonomy.categories.compactMap { category in
            let names = aliases.map { $0["categories"]?[category.id]?.words ?? [] } ?? [category.id]
            let found = places(names)
            return found.isEmpty ? nil : (category.id, found)
        }
        joint = taxonomy.categories.compactMap { category in
            let found = places(aliases?["all_of"]?[category.id]?.words ?? [])
            return found.isEmpty ? nil : (category.id, found)
        }
    }

    private static func aliases(_ path: String) throws(Fault) -> SettingNode? {
        guard Paths.exists(path) else { return nil }
        return try SettingNode.parse(yaml: try TextFile.read(path), file: path)["taxonomies"]
    }

    /// The risk of every category that a lexicon speaks for.
    func risks(of text: String) -> [String: Double] {
        let risks = scan.scan(text).risks
        var result: [String: Double] = [:]
        for (id, places) in sources { result[id] = places.map { risks[$0] }.max() }
        for (id, places) in joint { result[id] = places.map { risks[$0] }.min() }
        return result
    }
}

extension SettingNode {
    /// The texts of a list, or the one of a scalar.
    fileprivate var words: [String] {
        switch content {
        case .scalar(let text?): [text]
        case .list(let nodes): nodes.flatMap(\.words)
        default: []
        }
    }
}
