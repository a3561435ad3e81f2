internal import Pipeline
internal import Records
internal import StageKit

/// The part of the card's front matter that loads the release: the files of each split, and their
/// types, which are declared because no reader can tell them from the first rows.
struct CardFiles {
    struct Split {
        /// As `datasets` calls it.
        var name: String
        var path: String
        var rows: Int?
        /// Of the rows as JSON lines, and of the file that is read.
        var bytes = 0
        var fileBytes = 0
    }

    let splits: [Split]
    /// Whether the splits are Parquet files; releases of older versions had none.
    let isTyped: Bool
    private let schema: ReleaseSchema

    init(_ data: ReportData) {
        func file(_ name: String) -> Manifest.File? {
            data.stages.last { $0.published.contains(name) }?.extras.first { $0.path == name }
        }
        let tables = data.splitFiles.map { file(ReleaseSchema.table(of: $0)) }
        let isTyped = tables.allSatisfy { $0 != nil }
        splits = zip(data.splitFiles, tables).map { lines, table in
            let stem = String(lines.dropLast(6))
            return Split(
                name: stem == "val" ? "validation" : stem,
                path: isTyped ? ReleaseSchema.table(of: lines) : lines,
                rows: file(lines)?.rows, bytes: file(lines)?.bytes ?? 0,
                fileBytes: (isTyped ? table : file(lines))?.bytes ?? 0)
        }
        self.isTyped = isTyped
        schema = ReleaseSchema(data.taxonomy)
    }

    /// `dataset_info` and `configs` (huggingface.co/docs/hub/datasets-manual-configuration).
    var yaml: [String] {
        var lines = ["dataset_info:"] + schema.yaml(hasLabel: isTyped)
        if splits.allSatisfy({ $0.rows != nil }) {
            lines.append("  splits:")
            for split in splits {
                lines += [
                    "  - name: \(split.name)", "    num_bytes: \(split.bytes)",
                    "    num_examples: \(split.rows ?? 0)",
                ]
            }
            lines += [
                "  download_size: \(splits.reduce(0) { $0 + $1.fileBytes })",
                "  dataset_size: \(splits.reduce(0) { $0 + $1.bytes })",
            ]
        }
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split in splits {
            lines += ["  - split: \(split.name)", "    path: \(split.path)"]
        }
        return lines
    }
}
