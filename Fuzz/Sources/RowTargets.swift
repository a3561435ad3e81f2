internal import Parquet

@testable internal import Pipeline
@testable internal import ReadStages
@testable internal import Records
@testable internal import Stages
@testable internal import Text

extension Target {
    /// Readers of data files.
    static var rows: [Target] {
        [
            Target(name: "record") {
                var parser = RecordParser()
                return { bytes in
                    guard let record = accepted({ () throws(Fault) in try parser.parse(bytes) })
                    else { return }
                    var line: [UInt8] = []
                    record.append(to: &line)
                    let again = accepted { () throws(Fault) in try parser.parse(line) }
                    law(again == record, "a record that is written reads back as it was")
                }
            },
            Target(name: "delimited") {
                let file = try InputFile()
                return { bytes in
                    guard let choice = bytes.first else { return }
                    file.fill(Array(bytes.dropFirst()))
                    accepted { () throws(Fault) in try readTable(file.path, choice) }
                }
            },
            Target(name: "packed") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    accepted { () throws(Fault) in
                        // A bomb is a row file like any other: it is read piece by piece.
                        var reader = try LineReader(path: file.path, maximumLineBytes: 1 << 16)
                        var block = LineBlock()
                        var total = 0
                        while total < 8 << 20, try reader.read(into: &block, bytes: 1 << 16) {
                            for line in block.lines {
                                law(
                                    line.range.upperBound <= block.bytes.count,
                                    "a line is in its block")
                            }
                            total += block.bytes.count + block.lines.count
                        }
                    }
                }
            },
            Target(name: "parquet") {
                let file = try InputFile()
                let open = UInt8(ascii: "{")
                return { bytes in
                    file.fill(bytes)
                    accepted { () throws(Fault) in
                        let reader = try ParquetReader(path: file.path)
                        var block = LineBlock()
                        var lines = 0
                        // A small file may stand for billions of equal rows: they cost their time.
                        while lines < 1 << 14,
                            try reader.read(into: &block, rows: 256, bytes: 1 << 16)
                        {
                            for line in block.lines {
                                // A row that is too long is passed over: nothing of it is kept.
                                let first = block.bytes[line.range].first
                                law(first ?? open == open, "a row is an object")
                            }
                            lines += block.lines.count
                        }
                    }
                }
            },
            Target(name: "ingest", prepare: ingest),
            Target(name: "npy") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    guard
                        let matrix = accepted({ () throws(Fault) in try NumpyFile.read(file.path) })
                    else { return }
                    law(
                        matrix.rows * matrix.columns * 4 <= bytes.count,
                        "a matrix is no larger than its file")
                    if matrix.rows > 0 {
                        matrix.withRow(matrix.rows - 1) { row in
                            law(row.count == matrix.columns, "a row has the matrix's width")
                            _ = row.reduce(0, +)
                        }
                    }
                }
            },
        ]
    }

    /// - Parameter choice: What the format is, by its low bits.
    private static func readTable(_ path: String, _ choice: UInt8) throws(Fault) {
        var format = choice & 1 == 0 ? DelimitedFormat() : .tsv
        if choice & 2 != 0 { format.maximumFieldBytes = 24 }
        if choice & 4 != 0 { format.maximumFields = 3 }
        if choice & 8 != 0 { format.findsQuotes = true }
        var reader = try DelimitedReader(path: path, format: format)
        var row = DelimitedRow()
        var width: Int?
        var rows = 0
        while try reader.read(into: &row) {
            for field in row.fields {
                law(field.upperBound <= row.bytes.count, "a field lies in its row")
            }
            if row.problem == nil {
                law(width == nil || width == row.fields.count, "a row has the header's width")
            }
            if width == nil { width = row.fields.count }
            rows += 1
        }
        law(reader.bytesRead >= 0 && rows >= 0, "the file is read")
    }

    /// Settings of a source, one of which the first byte of an input names.
    private static let sources = [
        "{path: FILE}", "{path: FILE, format: jsonl}", "{path: FILE, format: csv}",
        "{path: FILE, format: tsv}", "{path: FILE, format: text}",
        "{path: FILE, format: csv, text: body, labels: tags, id: key, duration: long}",
        "{path: FILE, format: jsonl, unlisted: zero, map: {ham: other}}",
        "{path: FILE, format: csv, encoding: utf-16le}",
        "{path: FILE, format: tsv, encoding: windows-1252, columns: [id, text, label]}",
    ]

    private static func ingest() throws -> ([UInt8]) -> Void {
        let file = try InputFile()
        let taxonomy =
            "{name: two, categories: [{id: spam}, {id: scam, implies: [spam]}, {id: other}]}"
        let stages = try sources.enumerated().map { index, source in
            let head = index < 5 ? "" : "taxonomy: \(taxonomy)\n"
            let plan = try PipelinePlan.parse(
                yaml: "name: fuzz\n\(head)sources: ["
                    + source.replacing("FILE", with: file.path)
                    + "]\nstages: [{use: ingest, mask: [email, phone], html_entities: true}]\n",
                path: "fuzz.yaml", catalogue: Stages.catalogue)
            guard let stage = plan.steps[0].stage as? IngestStage else {
                throw Fault(.defect, "the first stage is not ingest")
            }
            return stage
        }
        var parser = RecordParser()
        return { bytes in
            guard let choice = bytes.first else { return }
            let stage = stages[Int(choice) % stages.count]
            file.fill(Array(bytes.dropFirst()))
            accepted { () throws(Fault) in
                let reader = SourceReader(try stage.findFiles().files, stage.sources)
                while let piece = try reader.next() {
                    let rows = try IngestStage.rows(of: piece, stage.rules[piece.file.source])
                    for row in rows where row.refusal == nil {
                        var record = row.record
                        if record.id.isEmpty { record.id = row.derived ?? "" }
                        var line: [UInt8] = []
                        record.append(to: &line)
                        let again = try parser.parse(line)
                        law(again == record, "a row that is kept reads back as it was")
                    }
                }
            }
        }
    }
}
