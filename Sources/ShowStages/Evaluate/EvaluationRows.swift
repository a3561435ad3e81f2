internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// What evaluation needs of the rows, column by column.
struct EvaluationRows: Sendable {
    /// The taxonomy's categories in its order, then others by their bytes.
    private(set) var categories: [String]
    private(set) var labels: LabelTable
    /// Whether each row has exactly one category, and how that is known.
    let reading: SingleLabelSetting.Reading
    /// Whether every category of the rows is among ``categories``.
    private(set) var hasAllCategories = true
    let train: [Int32]
    private(set) var val: [Int32]
    private(set) var test: [Int32]
    let ids: IdentifierColumn
    /// Row → number of its root, in the order of first appearance.
    let roots: [Int32]
    let sources: [Provenance.Source]
    private let sets: SparseColumn<UInt64>
    private let groups: [SharedColumn<String>]

    /// Adds the steps that read the rows.
    static func fold(
        _ graph: inout StepGraph, _ taxonomy: Taxonomy?, _ groupings: [GroupingKey]
    ) -> (categories: StepValue<Set<String>>, rows: StepValue<InRowOrder<EvaluationTable>>) {
        let found = graph.fold("categories", initial: Set<String>()) { _ in
            { block in
                var names: Set<String> = []
                for row in block.rows {
                    for label in row.record.labels.known { names.insert(label.category) }
                }
                return names
            }
        }
        let rows = graph.fold("rows", found, initial: InRowOrder<EvaluationTable>()) {
            _, found in
            let categories = ordered(found, taxonomy)
            return { (block) throws(Fault) in
                InRowOrder(try EvaluationTable(block, categories, groupings), of: block.range)
            }
        }
        return (found, rows)
    }

    /// The taxonomy's categories in its order, then others by their bytes.
    static func ordered(_ found: Set<String>, _ taxonomy: Taxonomy?) -> [String] {
        let listed = taxonomy?.categories.map(\.id) ?? []
        let others = found.subtracting(listed)
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return listed + others
    }

    init(
        _ categories: [String], _ rows: EvaluationTable,
        _ singleLabel: SingleLabelSetting = .auto, _ taxonomy: Taxonomy? = nil
    ) throws(Fault) {
        guard rows.count <= Int(Int32.max) else {
            throw Fault(.badData, "the dataset has too many rows to evaluate at once")
        }
        self.categories = categories
        let table = try LabelTable(
            rows: rows.count, columns: categories.indices.map { rows.labels(of: $0) })
        reading = singleLabel.reading(table, taxonomy: taxonomy)
        labels = reading.labels
        ids = rows.ids
        let all = 0..<Int32(rows.count)
        train = all.filter { rows.side(Int($0)) == .train }
        val = all.filter { rows.side(Int($0)) == .val }
        test = all.filter { rows.side(Int($0)) == .test }
        sources = all.map { rows.source(Int($0)) }
        var rootNumbers: [UInt64: Int32] = [:]
        roots = rows.roots.map { root in
            if let number = rootNumbers[root] { return number }
            let number = Int32(rootNumbers.count)
            rootNumbers[root] = number
            return number
        }
        sets = rows.sets
        groups = rows.groups
    }

    /// The group of a row by the grouping key at a place; nil for a row that has none.
    func group(of row: Int, _ key: Int) -> String? { groups[key][row] }

    /// The rows of val and test of each contrast set, sets by their first row.
    var contrastSets: [[Int32]] {
        if sets.isEmpty { return [] }
        var numbers: [UInt64: Int] = [:]
        var found: [[Int32]] = []
        for row in (val + test).sorted() {
            guard let set = sets[Int(row)] else { continue }
            if let number = numbers[set] {
                found[number].append(row)
            } else {
                numbers[set] = found.count
                found.append([row])
            }
        }
        return found
    }

    /// Keeps the categories at some places.
    ///
    /// - Throws: Never for places of categories.
    mutating func keepCategories(_ kept: [Int]) throws(Fault) {
        hasAllCategories = hasAllCategories && kept.count == categories.count
        categories = kept.map { categories[$0] }
        labels = try LabelTable(rows: labels.rows, columns: kept.map { labels.columns[$0] })
    }

    /// Takes all rows for test where none is on a side of a split.
    mutating func measureAllUnlessSplit() {
        if train.isEmpty, val.isEmpty, test.isEmpty { test = Array(0..<Int32(labels.rows)) }
    }

    /// Leaves val out, where no threshold is tuned.
    mutating func leaveOutVal() { val = [] }

    /// Leaves rows of val and test out, and says how many of test.
    mutating func keepMeasured(where isMeasured: (Int) -> Bool) -> Int {
        let before = test.count
        val.removeAll { !isMeasured(Int($0)) }
        test.removeAll { !isMeasured(Int($0)) }
        return before - test.count
    }

    /// The labels of some rows in one category.
    func labels(of category: Int, _ rows: [Int32]) -> [Int8] {
        let column = labels.columns[category]
        return rows.map { column[Int($0)] }
    }

    /// The kinds of synthetic rows that are trained on, in the order of the enumeration.
    var syntheticTrainSources: [Provenance.Source] {
        let present = Set(train.map { sources[Int($0)] })
        return Provenance.Source.allCases.filter { $0.isSynthetic && present.contains($0) }
    }
}
