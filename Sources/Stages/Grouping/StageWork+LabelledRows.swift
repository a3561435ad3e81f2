internal import Pipeline
internal import Records

extension StageWork {
    /// Reads ids, labels and ties of all rows in one pass.
    func labelledRows() async throws(Fault) -> LabelledRows {
        try await fold(LabelledRows()) { block throws(Fault) in
            var rows = LabelledRows()
            for row in block.rows {
                let record = row.record
                rows.append(
                    LabelledRow(
                        id: record.id,
                        keys: try GroupKeys(record, dedupe: row.note("dedupe")),
                        isSynthetic: record.provenance.source.isSynthetic,
                        labels: record.labels,
                        unknown: try UnknownNote(note: row.note(Sidecar.unknownWords))))
            }
            return rows
        } join: {
            $0.append($1)
        }
    }

    /// The vectors beside the rows, one a row and all finite.
    func checkedEmbeddings() throws(Fault) -> Matrix {
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
