internal import Glibc
internal import Pipeline
internal import Records

/// A file that a source's path leads to.
struct SourceFile: Sendable {
    /// The source's number in `sources`.
    var source: Int
    var path: String
    /// How places name it: the source's name, and the path inside a folder or pattern.
    var label: String
    /// nil when the name does not tell.
    var format: SourceSettings.Format?
}

/// Finds the files of a source: one file, all data files below a folder, or those that a pattern
/// with `*`, `?` (inside a name) and `**` (any folders) fits.
///
/// In the order of the paths' UTF-8 bytes. Names that begin with a dot are passed over. Links to
/// folders are followed; a folder that was met already is not read again, so that no link leads
/// round in a circle and no row comes twice. A folder is met where it lies before it is met through
/// a link.
struct SourceFiles {
    var files: [SourceFile] = []
    /// Files of a folder whose names do not tell a format.
    var leftOut = 0
    /// Parquet files beside files of JSON lines of the same name, as a release has them: their rows
    /// are not read twice.
    var twins = 0

    /// - Throws: `configuration` at the setting's place when nothing is there.
    init(_ source: SourceSettings, number: Int) throws(Fault) {
        let path = source.path
        let isPattern = path.contains("*") || path.contains("?")
        if isPattern, !Paths.exists(path) {
            try addMatches(source, number)
            leaveOutTwins()
        } else if Paths.isFolder(path) {
            try addFolder(source, number)
            leaveOutTwins()
        } else {
            guard Paths.exists(path), access(path, R_OK) == 0 else {
                throw Fault(
                    .configuration, "the source `\(source.name)` cannot be read",
                    at: source.place, why: "\(path): \(String(cString: strerror(errno)))")
            }
            files = [
                SourceFile(
                    source: number, path: path, label: source.name,
                    format: Self.format(source, path))
            ]
        }
    }

    private mutating func leaveOutTwins() {
        let lines = Set(files.lazy.map(\.path).filter { $0.hasSuffix(".jsonl") })
        let all = files.count
        files.removeAll { file in
            file.path.hasSuffix(".parquet") && lines.contains("\(file.path.dropLast(8)).jsonl")
        }
        twins = all - files.count
        // The folds of a release name its rows, and are none.
        let releases = Set(files.lazy.map(\.path).filter { $0.hasSuffix("/folds.jsonl") })
            .filter { Paths.exists("\($0.dropLast(11))SHA256SUMS") }
        files.removeAll { releases.contains($0.path) }
        leftOut += releases.count
    }

    private mutating func addFolder(_ source: SourceSettings, _ number: Int) throws(Fault) {
        for inside in Self.below(source.path) {
            guard let format = Self.format(source, inside) else {
                leftOut += 1
                continue
            }
            files.append(
                SourceFile(
                    source: number, path: "\(source.path)/\(inside)",
                    label: "\(source.name)/\(inside)", format: format))
        }
        guard !files.isEmpty else {
            throw Fault(
                .configuration, "the folder of the source `\(source.name)` has no data files",
                at: source.place, why: source.path,
                hint: "files of .jsonl, .csv, .tsv, .txt and .parquet are read; `format` reads any")
        }
    }

    private mutating func addMatches(_ source: SourceSettings, _ number: Int) throws(Fault) {
        let parts = source.path.split(separator: "/", omittingEmptySubsequences: false)
        let fixed = parts.prefix { !$0.contains("*") && !$0.contains("?") }
        let pattern = parts.dropFirst(fixed.count).map { Array($0.utf8) }
        let base = fixed.isEmpty ? "." : fixed == [""] ? "/" : fixed.joined(separator: "/")
        for inside in Self.below(base) {
            let names = inside.split(separator: "/").map { Array($0.utf8) }
            guard Self.fits(names[...], pattern[...]) else { continue }
            let path = fixed.isEmpty ? inside : base == "/" ? "/" + inside : "\(base)/\(inside)"
            files.append(
                SourceFile(
                    source: number, path: path, label: "\(source.name)/\(inside)",
                    format: Self.format(source, inside)))
        }
        guard !files.isEmpty else {
            throw Fault(
                .configuration, "no file fits the pattern of the source `\(source.name)`",
                at: source.place, why: source.path)
        }
    }

    /// The format that the settings or else the name tell.
    private static func format(
        _ source: SourceSettings, _ path: String
    ) -> SourceSettings.Format? {
        if source.format != .auto { return source.format }
        var name = path.lowercased()
        for packed in [".gz", ".zst", ".zstd"] where name.hasSuffix(packed) {
            name.removeLast(packed.count)
            break
        }
        return switch name.split(separator: ".").last {
        case "jsonl", "ndjson", "json": .jsonl
        case "csv": .csv
        case "tsv": .tsv
        case "txt", "text": .text
        case "parquet": .parquet
        default: nil
        }
    }

    /// A file's or folder's own number on this machine.
    private struct Identity: Hashable {
        var device: UInt
        var number: UInt

        /// nil when there is no folder, behind a link if need be.
        init?(folder path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
        }
    }

    /// The paths of all files below a folder, in the order of their UTF-8 bytes.
    private static func below(_ folder: String) -> [String] {
        var found: [String] = []
        var met: Set<Identity> = []
        var waiting = [""]
        // Links to folders, followed once no folder waits any more.
        var links: [String] = []
        while true {
            if waiting.isEmpty {
                // The first by name, so that the same one of two links is followed each time.
                links.sort { $1.utf8.lexicographicallyPrecedes($0.utf8) }
                guard let link = links.popLast() else { break }
                waiting = [link]
            }
            let inside = waiting.removeLast()
            let here = inside.isEmpty ? folder : "\(folder)/\(inside)"
            guard let identity = Identity(folder: here), met.insert(identity).inserted else {
                continue
            }
            for name in FileSystem.names(in: here) where !name.hasPrefix(".") {
                let path = inside.isEmpty ? name : "\(inside)/\(name)"
                var status = stat()
                guard lstat("\(folder)/\(path)", &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    waiting.append(path)
                } else if Identity(folder: "\(folder)/\(path)") != nil {
                    links.append(path)
                } else {
                    found.append(path)
                }
            }
        }
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether the names of a path fit a pattern's parts.
    private static func fits(_ names: ArraySlice<[UInt8]>, _ parts: ArraySlice<[UInt8]>) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        if part == Array("**".utf8) {
            if fits(names, parts.dropFirst()) { return true }
            return !names.isEmpty && fits(names.dropFirst(), parts)
        }
        guard let name = names.first, Wildcard.fits(name, part) else { return false }
        return fits(names.dropFirst(), parts.dropFirst())
    }
}

/// A name with `*` (any bytes) and `?` (one character's bytes).
enum Wildcard {
    /// In time proportional to the product of the lengths: the last `*` alone is tried again.
    static func fits(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") {
                at += 1
                while at < name.count, name[at] & 0xC0 == 0x80 { at += 1 }
                place += 1
            } else if place < pattern.count, pattern[place] == name[at] {
                at += 1
                place += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.name + 1
                place = last.pattern + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
