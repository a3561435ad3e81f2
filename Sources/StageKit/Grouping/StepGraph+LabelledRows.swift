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
        let ties = group("ties", found, rows: { $0.ties }) { _, rows in
            rows.count > 1 ? Array(rows) : nil
        }
        return solve("groups", found, ties) { _, found, ties throws(Fault) in
            let rows = try found.rows.joined() ?? LabelledRows()
            return TiedRows(rows: rows, groups: RowGroups(ties, rows: rows.count))
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
    package private(set) var ties = KeyedRows()

    package init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    package init(_ block: RowBlock, keepsIDs: Bool, areGiven: Bool = false) throws(Fault) {
        rows = InRowOrder(
            try LabelledRows(block, keepsIDs: keepsIDs, areGiven: areGiven), of: block.range)
        var parser = JSONParser()
        for row in block.rows {
            let keys = GroupKeys(row.record, dedupe: try DedupeNote(row, &parser))
            for key in keys.values { ties.add(GroupKey(key), row.index) }
        }
    }

    package mutating func merge(_ other: RowsAndTies) {
        rows.merge(other.rows)
        ties.merge(other.ties)
    }

    package func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        ties.write(to: &bytes)
    }

    package init(from bytes: inout PortableReader) throws(Fault) {
        rows = try InRowOrder<LabelledRows>(from: &bytes)
        ties = try KeyedRows(from: &bytes)
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
