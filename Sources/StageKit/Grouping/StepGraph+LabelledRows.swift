package import Pipeline
package import Records
internal import Vectors

extension StepGraph {
    /// Reads ids and labels of all rows in one pass.
    package mutating func labelledRows() -> StepValue<InRowOrder<LabelledRows>> {
        fold("labels", initial: InRowOrder<LabelledRows>()) { _ in
            { (block) throws(Fault) in
                InRowOrder(try LabelledRows(block), of: block.range)
            }
        }
    }

    /// Reads labels and ties of all rows in one pass, and finds which rows belong together.
    ///
    /// - Parameters:
    ///   - keepsIDs: Whether the ids of the rows are kept.
    ///   - areGiven: Whether labels are those that the source gave, where `ingest` notes that the
    ///     record has others.
    package mutating func tiedRows(keepsIDs: Bool, areGiven: Bool = false) -> StepValue<TiedRows> {
        let found = fold("labels", initial: RowsAndTies()) { _ in
            { (block) throws(Fault) in
                try RowsAndTies(block, keepsIDs: keepsIDs, areGiven: areGiven)
            }
        }
        let ties = groupTies(found) { found throws(Fault) in try found.keys.joined() }
        return solve("groups", found, ties) { _, found, ties throws(Fault) in
            let rows = try found.rows.joined() ?? LabelledRows()
            return TiedRows(rows: rows, groups: RowGroups(ties, rows: rows.count))
        }
    }

    /// Finds the rows of each key that several have, ascending.
    ///
    /// - Parameter keys: The keys of all rows among what a fold gave; nil for no row.
    package mutating func groupTies<Found: Sendable>(
        _ found: StepValue<Found>,
        keys: @escaping @Sendable (Found) throws(Fault) -> RowKeys?
    ) -> StepValue<[[Int32]]> {
        group("ties", found) { found throws(Fault) in
            try keys(found)?.shared ?? KeyedRows()
        } reduce: { _, rows in
            rows.count > 1 ? Array(rows) : nil
        }
    }
}

/// All rows, and which of them belong together.
package struct TiedRows: Sendable {
    package let rows: LabelledRows
    package let groups: RowGroups
}

/// Rows, and the keys by which they meet.
package struct RowsAndTies: Mergeable {
    package private(set) var rows = InRowOrder<LabelledRows>()
    package private(set) var keys = InRowOrder<RowKeys>()

    package init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    package init(_ block: RowBlock, keepsIDs: Bool, areGiven: Bool = false) throws(Fault) {
        rows = InRowOrder(
            try LabelledRows(block, keepsIDs: keepsIDs, areGiven: areGiven), of: block.range)
        var parser = JSONParser()
        var keys = RowKeys()
        for row in block.rows {
            keys.append(GroupKeys(row.record, dedupe: try DedupeNote(row, &parser)).values)
        }
        self.keys = InRowOrder(keys, of: block.range)
    }

    package mutating func merge(_ other: RowsAndTies) {
        rows.merge(other.rows)
        keys.merge(other.keys)
    }

    package func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        keys.write(to: &bytes)
    }

    package init(from bytes: inout PortableReader) throws(Fault) {
        rows = try InRowOrder<LabelledRows>(from: &bytes)
        keys = try InRowOrder<RowKeys>(from: &bytes)
    }
}

extension StageContext {
    /// The vectors beside the rows, one a row and all finite.
    ///
    /// - Throws: `badData` when they are not.
    package func checkedEmbeddings() throws(Fault) -> Matrix {
        guard let input else {
            throw Fault(.defect, "a stage without input reads vectors", at: .stage(stage))
        }
        let matrix = try input.embeddings()
        guard matrix.rows == input.rows else {
            throw Fault(
                .badData, "there is not one vector a row",
                why: "\(matrix.rows) vectors for \(input.rows) rows",
                hint: "run `embed` again")
        }
        guard matrix.isFinite else {
            throw Fault(
                .badData, "a vector holds a number that is not finite",
                hint: "run `embed` again")
        }
        return matrix
    }
}
