internal import Records

/// Writes one shard of a dataset: its records, its refused rows, the sidecars of lines, and the
/// vectors.
final class ShardWriter {
    static let recordsFolder = "records"
    static let refusedName = "refused"

    private let records: CarriedFile
    private let refused: CarriedFile
    private let carried: [(name: String, file: CarriedFile)]
    private let own: (name: String, file: CarriedFile)?
    private let vectors: VectorWriter?

    /// Records so far.
    var rows: Int { records.rows }

    /// - Parameter source: The shard of the input that this one comes from, and its folder.
    init(
        _ folder: String, number: Int, _ layout: ShardLayout,
        source: (folder: String, shard: Manifest.Shard)?
    ) throws(Fault) {
        func file(_ name: String, from original: Manifest.File?) throws(Fault) -> CarriedFile {
            guard let source, let original else { return try CarriedFile(folder, name) }
            return CarriedFile(folder, name, source: (source.folder, original))
        }
        records = try file(
            Self.recordsFile(number), from: source?.shard.records)
        refused = try file(Self.fileName(Self.refusedName, number), from: nil)
        var carried: [(String, CarriedFile)] = []
        for name in layout.carried {
            let name = (name, Self.fileName(name, number))
            carried.append((name.0, try file(name.1, from: source?.shard.sidecars[name.0])))
        }
        self.carried = carried
        own =
            if let own = layout.own {
                (own, try file(Self.fileName(own, number), from: nil))
            } else { nil }
        vectors = layout.vectors(folder, number, source)
    }

    static func recordsFile(_ number: Int) -> String {
        "\(recordsFolder)/\(digits(number)).jsonl"
    }

    /// Of the first shard the plain name, since most datasets have no other.
    static func fileName(_ name: String, _ number: Int) -> String {
        "\(plainName(name, number)).jsonl"
    }

    static func vectorsFile(_ number: Int) -> String {
        "\(plainName(Sidecar.embeddings, number)).npy"
    }

    private static func plainName(_ name: String, _ number: Int) -> String {
        number == 0 ? name : "\(name)-\(digits(number))"
    }

    private static func digits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// What became of the next rows of the input's shard.
    func append(_ block: EncodedBlock) throws(Fault) {
        let lines = 0..<block.records.ends.count
        try records.append(block.records, lines, isUnchanged: block.keepsRecords)
        try appendSidecars(block, lines, isUnchanged: block.keepsRows)
        try vectors?.append(block)
        try append(refused: block.refused)
    }

    /// Some of a block's rows, which are none of the input's.
    func append(_ block: EncodedBlock, lines: Range<Int>) throws(Fault) {
        try records.append(block.records, lines)
        try appendSidecars(block, lines)
    }

    func append(refused lines: EncodedBlock.Lines) throws(Fault) {
        try refused.append(lines, 0..<lines.ends.count)
    }

    /// Takes over all rows of the input's shard; the stage has no value for any of them.
    func appendRest() throws(Fault) {
        records.appendRest()
        for (_, file) in carried { file.appendRest() }
        try own?.file.append(nulls: rows)
        vectors?.appendRest()
    }

    private func appendSidecars(
        _ block: EncodedBlock, _ lines: Range<Int>, isUnchanged: Bool = false
    ) throws(Fault) {
        for (name, file) in carried {
            try file.append(block.sidecars[name] ?? .init(), lines, isUnchanged: isUnchanged)
        }
        if let own { try own.file.append(block.sidecars[own.name] ?? .init(), lines) }
    }

    func close() throws(Fault) -> Manifest.Shard {
        var shard = Manifest.Shard(
            records: try records.close(), refused: try refused.close(), sidecars: [:])
        for (name, file) in carried + (own.map { [$0] } ?? []) {
            shard.sidecars[name] = try file.close()
        }
        shard.vectors = try vectors?.close()
        return shard
    }
}

/// What lies beside the rows that a stage writes.
struct ShardLayout {
    enum Vectors {
        /// The rows have none, or lose them.
        case none
        /// The input's go on with their rows.
        case carried
        /// The stage gives every row its own.
        case own
    }

    /// The input's sidecars of lines that go on with their rows.
    var carried: [String]
    /// The sidecar of lines that the stage writes.
    var own: String?
    var vectors: Vectors

    fileprivate func vectors(
        _ folder: String, _ number: Int, _ source: (folder: String, shard: Manifest.Shard)?
    ) -> VectorWriter? {
        let name = ShardWriter.vectorsFile(number)
        switch vectors {
        case .none: return nil
        case .own: return VectorWriter(folder, name, source: nil)
        case .carried:
            guard let source, let file = source.shard.vectors else { return nil }
            return VectorWriter(folder, name, source: (source.folder, file))
        }
    }
}
