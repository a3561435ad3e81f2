internal import Pipeline
internal import Records
internal import StageKit

/// Which rows the last release has, and how well they are protected: a byte a row.
struct ReleasedRows: Sendable {
    /// The keys of a release that are held at a time: 9 bytes each.
    private static let partKeys = 1 << 22

    /// What a row is to the release, better protected first; rows of one kind go by their sides.
    private enum Kind: Int {
        /// Its id and its text are the release's.
        case whole
        /// Its text alone: its id is another today.
        case text
        /// Its id alone: it was edited, or what is in the release only descends from it or was
        /// grouped with it.
        case id
        case none
    }

    /// All ranks, better protected first.
    static let ranks = 0...Kind.none.rawValue * 3

    /// The rank of each row; empty where there is no release.
    private var ranks: [UInt8] = []

    /// No row is in a release.
    init() {}

    /// - Parameters:
    ///   - keyed: The rows as `table` has them, with the keys of their texts.
    ///   - path: The release's file.
    /// - Throws: As ``Assignments/init(reading:)``.
    init(_ keyed: DedupeRows, _ table: DedupeTable, assignments path: String) throws(Fault) {
        let texts = try keyed.texts.joined()
        // By row: two bits each for the side of its text and of its id, 0 for none.
        var sides = [UInt8](repeating: 0, count: table.count)
        try Assignments.readParts(of: path, keys: Self.partKeys) { part in
            guard let range = part.range else { return }
            func add(_ row: Int, _ key: SplitKey, shift: UInt8) {
                guard range.contains(key), let side = part[key] else { return }
                sides[row] |= (side.rawValue + 1) << shift
            }
            if let texts {
                for row in texts.indices where texts[row] != 0 {
                    add(row, SplitKey(texts[row]), shift: 0)
                }
            } else {
                keyed.keys.forEachRow { key, row in add(row, SplitKey(key.low), shift: 0) }
            }
            for row in 0..<table.count { add(row, .record(table.id(row)), shift: 2) }
        }
        if sides.contains(where: { $0 > 0 }) {
            ranks = sides.map { Self.rank(text: $0 & 3, id: $0 >> 2) }
        }
    }

    /// - Parameters: 1 for train, 2 for val, 3 for test; 0 for none.
    private static func rank(text: UInt8, id: UInt8) -> UInt8 {
        let kind: Kind =
            switch (text, id) {
            case (0, 0): .none
            case (0, _): .id
            case (_, 0): .text
            default: .whole
            }
        let most = Int(max(text, id))
        return UInt8(kind.rawValue * 3 + (most == 0 ? 0 : 3 - most))
    }

    var isEmpty: Bool { ranks.isEmpty }

    /// How many rows are in the release.
    var count: Int { ranks.indices.count { contains($0) } }

    /// Whether the release has the row's text.
    func contains(_ row: Int) -> Bool { !ranks.isEmpty && kind(row) < Kind.id.rawValue }

    /// Whether the release has the row's text, and not the other's, or only as that of another id.
    func prefers(_ row: Int, to other: Int) -> Bool {
        contains(row) && kind(row) < kind(other)
    }

    private func kind(_ row: Int) -> Int { rank(row) / 3 }

    /// Smaller is protected better; equal for all rows where there is no release.
    func rank(_ row: Int) -> Int { ranks.isEmpty ? 0 : Int(ranks[row]) }
}

/// The release whose rows are kept before all others.
enum PreferredRelease: Equatable, Sendable {
    /// The workspace's last one, if any.
    case last
    case none
    /// A release's folder, or its file `assignments`.
    case path(String)

    init(_ settings: SettingsReader) {
        let path = settings.optionalPath(
            "released", defaultValue: "last",
            help: "The release whose rows are kept before all others, those of test before val "
                + "before train; `keep` decides among equals. `last` is the workspace's last one; "
                + "else a release's folder, or a file `assignments` of one; `none`: `keep` decides "
                + "alone.")
        switch path.flatMap({ $0.split(separator: "/").last }) {
        case nil: self = .last
        case "last" where !Paths.exists(path ?? ""): self = .last
        case "none" where !Paths.exists(path ?? ""): self = .none
        default: self = .path(path ?? "")
        }
    }

    /// Where the release has the sides of its rows; nil where there is no release, or one without.
    ///
    /// - Throws: As ``dependency()``.
    func path(_ context: StageContext) throws(Fault) -> String? {
        switch self {
        case .none: return nil
        case .path(let path): return try Self.file(of: path)
        case .last:
            guard let folder = context.lastRelease else { return nil }
            let path = "\(folder)/\(Assignments.fileName)"
            return Paths.exists(path) ? path : nil
        }
    }

    /// The file that the user names; nil for none.
    ///
    /// - Throws: `configuration` for a path that leads to no release with sides.
    func dependency() throws(Fault) -> StageDependency? {
        guard case .path(let path) = self else { return nil }
        return try .file(Self.file(of: path)).written(as: Assignments.fileName)
    }

    private static func file(of path: String) throws(Fault) -> String {
        let file = Paths.isFolder(path) ? "\(path)/\(Assignments.fileName)" : path
        if Paths.exists(file) { return file }
        throw Fault(
            .configuration, "`released` leads to no release", at: .file(path),
            why: "there is no file `\(Assignments.fileName)`",
            hint: "name the folder of a release that `split` made, or `none`")
    }
}
