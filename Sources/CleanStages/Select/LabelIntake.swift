internal import Pipeline
internal import Records

/// Takes the labels that people gave picked rows into the file that the stage's `labels` names.
///
/// The file only grows: first the picks of a round when the first of their labels comes, so that
/// later labels of the same round find them, then every label that is new or another than before.
/// The same labels in any order append the same bytes, and the same labels again append nothing.
public struct LabelIntake: Sendable {
    /// The file that was written to.
    public let path: String
    /// Labels that nobody had given before, that are another now, and that are as they were.
    public private(set) var new = 0
    public private(set) var changed = 0
    public private(set) var unchanged = 0
    /// Of those the ones that nobody could say.
    public private(set) var undecided = 0
    /// Rows that these labels are of.
    public private(set) var rows = 0
    /// Lines without a label.
    public let open: Int
    /// Ids that no round picked, and the first line of each.
    public private(set) var strange: [(id: String, line: Int)] = []
    /// The round that the next run picks for.
    public private(set) var nextRound: Int
    /// What the rounds found, these labels included.
    public private(set) var table: RoundsTable

    private struct Change {
        let id: String
        let category: String
        let value: TakenLabels.Value
        let who: String?

        var line: [UInt8] {
            var line = JSONObject()
            line["id"] = .string(id)
            line["category"] = .string(category)
            line["value"] =
                switch value {
                case .no: .integer(0)
                case .yes: .integer(1)
                case .undecided: .null
                }
            if let who { line["who"] = .string(who) }
            return line.bytes
        }
    }

    /// - Parameters:
    ///   - file: The labels, in a shape of ``LabelLine``.
    ///   - fillsZeros: Whether a category that a row's labels do not name is 0.
    ///   - path: The file that takes them in.
    ///   - stage: What the stage left when it picked rows.
    /// - Throws: `badData` with all faults of the file; nothing is written then. `stopped` or
    ///   `configuration` when the file cannot be written.
    init(
        _ file: String, fillsZeros: Bool, into path: String, stage: FinishedStage,
        taxonomy: Taxonomy?
    ) throws(Fault) {
        self.path = path
        let picks = try Picks(stage)
        let taken = try TakenLabels(path: path, taxonomy: taxonomy)
        let batch = try LabelBatch(path: file, taxonomy: taxonomy, fillsZeros: fillsZeros)
        open = batch.open
        nextRound = taken.nextRound
        let given = stage.extra("summary.json").map(SelectSummary.given) ?? [:]
        table = RoundsTable(taken, given: given, taxonomy: taxonomy)
        var changes: [Change] = []
        var isOfRound = false
        for (id, line) in batch.firstLine.sorted(by: { $0.value < $1.value })
        where !taken.knows(id) && picks.origins[id] == nil {
            strange.append((id, line))
        }
        let unknown = Set(strange.map(\.id))
        if !unknown.isEmpty, unknown.count == batch.firstLine.count {
            throw Fault(
                .badData, "no row of the file is a pick", at: .file(file),
                hint: "label the rows of picks.jsonl, and keep their `id`")
        }
        let labelled = batch.claims.filter { !unknown.contains($0.key) }
        for (id, claims) in labelled.sorted(by: { Self.precedes($0.key, $1.key) }) {
            rows += 1
            if let origin = picks.origins[id], !taken.rounds.contains(origin.round) {
                isOfRound = true
            }
            changes += take(id, claims, taken.values(of: id), taxonomy)
        }
        var lines = changes.map(\.line)
        if isOfRound { lines = picks.lines + lines }
        if lines.isEmpty { return }
        try Self.append(lines, to: path)
        let after = try TakenLabels(path: path, taxonomy: taxonomy)
        nextRound = after.nextRound
        table = RoundsTable(after, given: given, taxonomy: taxonomy)
    }

    /// What becomes of a row's labels, by category.
    private mutating func take(
        _ id: String, _ claims: [String: LabelBatch.Claim], _ before: [String: TakenLabels.Value],
        _ taxonomy: Taxonomy?
    ) -> [Change] {
        var after = before
        for (category, claim) in claims {
            let value = TakenLabels.Value(claim.value)
            switch before[category] {
            case nil: new += 1
            case value: unchanged += 1
            default: changed += 1
            }
            if value == .undecided { undecided += 1 }
            after[category] = value
        }
        if let taxonomy { Self.yield(&after, to: claims, taxonomy) }
        let who = claims.sorted { $0.key < $1.key }.compactMap(\.value.who).first
        return after.filter { before[$0.key] != $0.value }
            .sorted { Self.precedes($0.key, $1.key) }
            .map {
                Change(
                    id: id, category: $0.key, value: $0.value, who: claims[$0.key]?.who ?? who)
            }
    }

    /// Turns the earlier labels that the later ones exclude: the parents of a 1, the children of a
    /// 0, and the other categories of a text that has exactly one.
    private static func yield(
        _ labels: inout [String: TakenLabels.Value], to claims: [String: LabelBatch.Claim],
        _ taxonomy: Taxonomy
    ) {
        for (category, claim) in claims {
            guard let value = claim.value else { continue }
            for (other, held) in labels where claims[other] == nil && held != .undecided {
                if value {
                    let isImplied = taxonomy.closure(of: category).contains(other)
                    if held == .no, isImplied { labels[other] = .yes }
                    if held == .yes, taxonomy.isSingleLabel { labels[other] = .no }
                } else if held == .yes, taxonomy.closure(of: other).contains(category) {
                    labels[other] = .no
                }
            }
        }
    }

    private static func precedes(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// Puts the file with further lines in the place of the one that there is, in one step.
    private static func append(_ lines: [[UInt8]], to path: String) throws(Fault) {
        var bytes: [UInt8] = []
        if Paths.exists(path) {
            var source = try ByteSource(path: path)
            bytes = try source.readAll()
            if let last = bytes.last, last != UInt8(ascii: "\n") {
                bytes.append(UInt8(ascii: "\n"))
            }
        } else if let folder = path.lastIndex(of: "/").map({ String(path[..<$0]) }) {
            try FileSystem.makeFolder(folder)
        }
        for line in lines { bytes += line + [UInt8(ascii: "\n")] }
        try JSONFile.write(bytes, to: path)
    }
}

/// The picks of the last run, as `picks.jsonl` lists them.
private struct Picks {
    static let name = "picks.jsonl"

    private(set) var origins: [String: PickOrigin] = [:]
    /// The picks as the file of labels keeps them: without text and labels.
    private(set) var lines: [[UInt8]] = []

    init(_ stage: FinishedStage) throws(Fault) {
        let path = "\(stage.folder)/\(Self.name)"
        guard let file = stage.manifest.extras.first(where: { $0.path == Self.name }),
            let bytes = stage.extra(Self.name)
        else {
            throw Fault(
                .usage, "the stage has picked no rows yet", at: .file(stage.folder),
                hint: "`curate run` picks them")
        }
        guard SHA256.hash(bytes).hex == file.sha256 else {
            throw Fault(
                .badData, "the picks have changed since they were made", at: .file(path),
                hint: "copy the file to another place to fill it in; `curate run` makes it anew, "
                    + "and `curate label-in` takes the copy")
        }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSONReader.read(Array(line)), let id = value["id"]?.string,
                let origin = PickOrigin(value)
            else { throw Fault(.badData, "a line is no pick", at: .file(path)) }
            origins[id] = origin
            var kept = JSONObject()
            kept["id"] = .string(id)
            origin.add(to: &kept)
            lines.append(kept.bytes)
        }
    }
}
