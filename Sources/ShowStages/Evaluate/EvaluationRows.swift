internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// What evaluation needs of the rows, column by column.
struct EvaluationRows: Sendable {
    /// The taxonomy's categories in its order, then others by their bytes.
    let categories: [String]
    let labels: LabelTable
    /// Whether each row has exactly one category, and how that is known.
    let reading: SingleLabelSetting.Reading
    let train: [Int32]
    let val: [Int32]
    let test: [Int32]
    /// Row → number of its root, in the order of first appearance.
    let roots: [Int32]
    let sources: [Provenance.Source]
    /// The rows of val and test of each contrast set, sets by their first row.
    let contrastSets: [[Int32]]

    /// Adds the steps that read the rows.
    static func fold(
        _ graph: inout StepGraph, _ taxonomy: Taxonomy?
    ) -> (categories: StepValue<Set<String>>, rows: StepValue<InRowOrder<[OneRow]>>) {
        let found = graph.fold("categories", initial: Set<String>()) { _ in
            { block in
                var names: Set<String> = []
                for row in block.rows {
                    for label in row.record.labels.known { names.insert(label.category) }
                }
                return names
            }
        }
        let rows = graph.fold("rows", found, initial: InRowOrder<[OneRow]>()) { _, found in
            let categories = ordered(found, taxonomy)
            return { (block) throws(Fault) in
                var parser = JSONParser()
                var rows: [OneRow] = []
                rows.reserveCapacity(block.rows.count)
                for row in block.rows { rows.append(try OneRow(row, categories, &parser)) }
                return InRowOrder(rows, of: block.range)
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

    /// What is kept of one row.
    struct OneRow: Portable {
        let side: SplitSide?
        let labels: [Int8]
        /// Hashes of the root and the contrast set; nil for a row without a set.
        let root: UInt64
        let set: UInt64?
        let source: Provenance.Source

        init(
            _ row: Row, _ categories: [String], _ parser: inout JSONParser
        ) throws(Fault) {
            side = try SplitSide(row, &parser)
            labels = categories.map { category in
                row.record.labels[category].map { $0 ? 1 : 0 } ?? LabelTable.unknown
            }
            root = StableHash.hash(row.record.root)
            set = row.record.provenance.setID.map { StableHash.hash($0) }
            source = row.record.provenance.source
        }

        func write(to bytes: inout PortableWriter) {
            side.write(to: &bytes)
            labels.write(to: &bytes)
            root.write(to: &bytes)
            set.write(to: &bytes)
            source.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            side = try SplitSide?(from: &bytes)
            labels = try [Int8](from: &bytes)
            root = try UInt64(from: &bytes)
            set = try UInt64?(from: &bytes)
            source = try Provenance.Source(from: &bytes)
        }
    }

    init(
        _ categories: [String], _ rows: [OneRow], _ singleLabel: SingleLabelSetting = .auto,
        _ taxonomy: Taxonomy? = nil
    ) throws(Fault) {
        guard rows.count <= Int(Int32.max) else {
            throw Fault(.badData, "the dataset has too many rows to evaluate at once")
        }
        self.categories = categories
        let table = try LabelTable(
            rows: rows.count,
            columns: categories.indices.map { category in rows.map { $0.labels[category] } })
        reading = singleLabel.reading(table, taxonomy: taxonomy)
        labels = reading.labels
        func side(_ side: SplitSide) -> [Int32] {
            rows.indices.filter { rows[$0].side == side }.map(Int32.init)
        }
        train = side(.train)
        val = side(.val)
        test = side(.test)
        sources = rows.map(\.source)
        var rootNumbers: [UInt64: Int32] = [:]
        roots = rows.map { row in
            if let number = rootNumbers[row.root] { return number }
            let number = Int32(rootNumbers.count)
            rootNumbers[row.root] = number
            return number
        }
        var setNumbers: [UInt64: Int] = [:]
        var sets: [[Int32]] = []
        for (index, row) in rows.enumerated() where row.side == .val || row.side == .test {
            guard let set = row.set else { continue }
            if let number = setNumbers[set] {
                sets[number].append(Int32(index))
            } else {
                setNumbers[set] = sets.count
                sets.append([Int32(index)])
            }
        }
        contrastSets = sets
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
