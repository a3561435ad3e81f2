/// What a user is told about a file that is no text.
extension BinaryFormat {
    /// The format's name, with its article.
    public var name: String {
        switch self {
        case .gzip: "gzip inside another packed file"
        case .zstandard: "Zstandard inside another packed file"
        case .bzip2: "a bzip2 file"
        case .xz: "an xz file"
        case .lzma: "an LZMA file"
        case .lzip: "an lzip file"
        case .lz4: "an LZ4 file"
        case .snappy: "a Snappy file"
        case .compress: "a file of compress (.Z)"
        case .sevenZip: "a 7z archive"
        case .rar: "a RAR archive"
        case .zip: "a zip archive"
        case .tar: "a tar archive"
        case .excel: "an Excel workbook (xlsx)"
        case .openDocument: "an OpenDocument file (ods)"
        case .word: "a Word document (docx)"
        case .oleDocument: "an Office document of the old kind (xls, doc)"
        case .pdf: "a PDF document"
        case .parquet: "a Parquet file"
        case .arrow: "an Arrow file (arrow, feather)"
        case .arrowStream: "an Arrow stream (arrow)"
        case .feather: "a Feather file of version 1"
        case .orc: "an ORC file"
        case .avro: "an Avro file"
        case .sqlite: "an SQLite database"
        case .hdf5: "an HDF5 file"
        case .numpy: "a NumPy array (npy)"
        case .numpyArchive: "an archive of NumPy arrays (npz)"
        case .pickle: "a Python pickle"
        case .matlab: "a MATLAB file"
        case .rData: "an R data file (RData, rds)"
        case .spss: "an SPSS file (sav)"
        case .stata: "a Stata file (dta)"
        case .image: "a picture"
        case .media: "a sound or video file"
        case .executable: "a program"
        case .unknown: "binary data, no text"
        }
    }

    /// How rows of text are made of such a file; `FILE` stands for it.
    public var advice: String {
        switch self {
        case .gzip: "unpack it: gzip -dc FILE > NEW-FILE (it was packed twice)"
        case .zstandard: "unpack it: zstd -dc FILE > NEW-FILE (it was packed twice)"
        case .bzip2: "unpack it: bzip2 -dk FILE"
        case .xz, .lzma: "unpack it: xz -dk FILE"
        case .lzip: "unpack it: lzip -dk FILE"
        case .lz4: "unpack it: lz4 -d FILE NEW-FILE"
        case .snappy: "unpack it: snzip -dk FILE"
        case .compress: "unpack it: gzip -dc FILE > NEW-FILE"
        case .sevenZip: "unpack it: 7z x FILE"
        case .rar: "unpack it: unrar x FILE"
        case .zip: "unpack it: unzip FILE"
        case .tar: "unpack it: tar -xf FILE"
        case .excel, .openDocument, .oleDocument:
            "save the sheet as CSV (UTF-8), or: libreoffice --headless --convert-to csv FILE"
        case .word: "save it as plain text, or: libreoffice --headless --convert-to txt FILE"
        case .pdf: "take the text out: pdftotext FILE NEW-FILE.txt"
        case .parquet: Self.python("read_parquet('FILE')")
        case .arrow, .feather: Self.python("read_feather('FILE')")
        case .arrowStream:
            "convert it: python3 -c \"import datasets; "
                + "datasets.Dataset.from_file('FILE').to_json('NEW-FILE.jsonl')\""
        case .orc: Self.python("read_orc('FILE')")
        case .avro: "convert it: avro cat FILE > NEW-FILE.jsonl (pip install avro)"
        case .sqlite: "export a table: sqlite3 -csv -header FILE 'SELECT * FROM t' > NEW-FILE.csv"
        case .hdf5: Self.python("read_hdf('FILE')")
        case .pickle:
            Self.python("read_pickle('FILE')") + "; only where you trust its origin, since reading "
                + "a pickle runs code"
        case .numpy, .numpyArchive, .matlab: "write its texts to a JSONL or CSV file with Python"
        case .rData: "export it in R: write.csv(data, 'NEW-FILE.csv', row.names = FALSE)"
        case .spss: Self.python("read_spss('FILE')")
        case .stata: Self.python("read_stata('FILE')")
        case .image, .media, .executable, .unknown:
            "JSONL, CSV, TSV and plain text are read, also packed with gzip or Zstandard"
        }
    }

    private static func python(_ reading: String) -> String {
        "convert it: python3 -c \"import pandas; "
            + "pandas.\(reading).to_json('NEW-FILE.jsonl', orient='records', lines=True)\""
    }

    /// The refusal of a file that a reader of text was given.
    public func fault(at path: String) -> Fault {
        Fault(.badData, "the file is \(name)", at: .file(path), hint: advice)
    }
}
