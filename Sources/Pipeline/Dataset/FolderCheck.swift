internal import FoundationEssentials
internal import Glibc
internal import Records

/// What tells that nobody has written to a file since its digest was known: a look costs a
/// microsecond and no reading.
///
/// A disk that changes bytes by itself changes none of this, so what is published, and what a
/// stage reads, is hashed whatever the stamp says. The time of the entry's change (`st_ctime`) is
/// not part of it: every further stage that links the file sets it.
struct FileStamp: Codable, Sendable, Equatable {
    var bytes: Int
    var inode: UInt64
    /// Seconds and nanoseconds since 1970 UTC.
    var modified: [Int]

    /// nil when there is no such file; a link is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        bytes = Int(status.st_size)
        inode = UInt64(status.st_ino)
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }

    /// When a folder's entries changed last, in seconds since 1970 UTC.
    static func ofFolder(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
    }
}

/// A stage's folder as it lies on the disk.
enum StoredStage {
    /// Nothing, or what a stopped stage left.
    case unfinished
    /// A manifest that is not what was written.
    case unreadable
    /// A folder of an earlier version of the program, which laid it out in another way.
    case outdated
    case finished(Manifest, StageStatistics?)

    static func read(folder: String) -> StoredStage {
        let path = "\(folder)/\(Manifest.fileName)"
        guard let data = FileManager.default.contents(atPath: path) else { return .unfinished }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data),
            manifest.layout == Manifest.currentLayout
        else {
            let layout = try? JSONDecoder().decode(Layout.self, from: data)
            return layout.map { $0.layout != Manifest.currentLayout } ?? false
                ? .outdated : .unreadable
        }
        let statistics = StageStatistics.read(folder: folder)
        if let known = statistics?.manifest, known != SHA256.hash(Array(data)).hex {
            return .unreadable
        }
        return .finished(manifest, statistics)
    }

    /// What tells a manifest of another layout from one that is damaged.
    private struct Layout: Decodable {
        /// nil in the first one.
        var layout: Int?
        var fingerprint: String
    }
}

/// Finds files of a finished stage that are not what was written.
struct FolderCheck {
    let folder: String
    let manifest: Manifest
    /// nil for a folder of an earlier version, whose files are all read.
    let statistics: StageStatistics?

    /// The first file that is missing or changed; nil when all are what the manifest says.
    ///
    /// - Parameters:
    ///   - read: The files to hash whatever their stamps say, by path.
    ///   - keepsStamps: Whether files that were hashed need not be the next time, which is written
    ///     down.
    func damagedFile(reading read: Set<String> = [], keepsStamps: Bool) -> String? {
        var stamps = statistics?.stamps ?? [:]
        var isNew = false
        for file in manifest.allFiles {
            let path = "\(folder)/\(file.path)"
            guard let stamp = FileStamp(path), stamp.bytes == file.bytes else { return file.path }
            let isKnown = stamps[file.path] == stamp
            if isKnown, !read.contains(file.path) { continue }
            guard let digest = try? FileDigests.shared.digest(of: path), digest.hex == file.sha256
            else {
                return file.path
            }
            if !isKnown {
                stamps[file.path] = stamp
                isNew = true
            }
        }
        if isNew, keepsStamps, var statistics {
            statistics.stamps = stamps
            // Without them the files are hashed again, which is all that is lost.
            try? statistics.write(folder: folder)
        }
        return nil
    }

    /// The stamps of files that were just written, or just hashed.
    static func stamps(folder: String, _ manifest: Manifest) -> [String: FileStamp] {
        var stamps: [String: FileStamp] = [:]
        for file in manifest.allFiles { stamps[file.path] = FileStamp("\(folder)/\(file.path)") }
        return stamps
    }
}
