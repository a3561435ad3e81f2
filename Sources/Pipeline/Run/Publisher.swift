internal import FoundationEssentials
internal import Glibc
internal import Records

/// Makes a release of the published files of a run's stages, and exchanges the link `release`.
///
/// The steps come in an order in which the end of the process after any of them leaves `release`
/// as it was or as it shall be.
struct Publisher {
    /// A step that is made to fail, from 1, so that a test sees what a crash there leaves.
    struct FailurePoint {
        var step: Int
    }

    private final class Counter {
        var steps = 0
    }

    private let releases: Releases
    private let failing: FailurePoint?
    private let counter = Counter()

    init(_ releases: Releases, failing: FailurePoint? = nil) {
        self.releases = releases
        self.failing = failing
    }

    /// Steps so far.
    var steps: Int { counter.steps }

    private var link: String { releases.workspace.release }

    /// Puts the files into a new release and publishes it; where the published one has the same
    /// files, only what is known of it is written anew.
    ///
    /// - Returns: What is published, and whether it is new.
    /// - Throws: `stopped` or `configuration` when a step fails; `release` then leads to what it
    ///   led to before, or to the new release.
    func publish(
        _ files: [PublishedFile], as record: ReleaseRecord
    ) throws(Fault) -> (record: ReleaseRecord, isNew: Bool) {
        let sums = Self.sums(files)
        if let name = releases.publishedName, isSame(name, files, sums) {
            var record = record
            record.name = name
            if releases.record(name) != record { try write(record) }
            return (record, false)
        }
        try step { () throws(Fault) in try FileSystem.makeFolder(releases.folder) }
        try migrate(besides: record.name)
        let folder = "\(releases.folder)/\(record.name)"
        try fill("\(folder).tmp", files, sums)
        try step { () throws(Fault) in try FileSystem.rename("\(folder).tmp", to: folder) }
        try write(record)
        FileSystem.sync(folder: releases.folder)
        try exchange(record.name)
        return (record, true)
    }

    static let sumsName = "SHA256SUMS"

    /// `SHA256SUMS`, as sha256sum(1) reads it.
    static func sums(_ files: [PublishedFile]) -> [UInt8] {
        let lines = files.sorted { $0.name < $1.name }.map { "\($0.digest)  \($0.name)\n" }
        return Array(lines.joined().utf8)
    }

    /// Whether a release holds these files and no others, byte for byte.
    private func isSame(_ name: String, _ files: [PublishedFile], _ sums: [UInt8]) -> Bool {
        let folder = "\(releases.folder)/\(name)"
        let found = FileManager.default.contents(atPath: "\(folder)/\(Self.sumsName)").map(
            Array.init)
        guard found == sums, FileSystem.names(in: folder).count == files.count + 1 else {
            return false
        }
        return files.allSatisfy { file in
            let path = "\(folder)/\(file.name)"
            guard let stamp = FileStamp(path) else { return false }
            // A second name of the stage's file, whose bytes were checked before this.
            if stamp.inode == FileStamp(file.path)?.inode { return true }
            return (try? FileDigest.of(path))?.hex == file.digest
        }
    }

    private func fill(
        _ folder: String, _ files: [PublishedFile], _ sums: [UInt8]
    ) throws(Fault) {
        try step { () throws(Fault) in try FileSystem.renew(folder) }
        for file in files {
            try step { () throws(Fault) in
                try FileSystem.linkOrCopy(file.path, to: "\(folder)/\(file.name)")
            }
        }
        try step { () throws(Fault) in try JSONFile.write(sums, to: "\(folder)/\(Self.sumsName)") }
        FileSystem.sync(folder: folder)
    }

    private func write(_ record: ReleaseRecord) throws(Fault) {
        let path = "\(releases.folder)/\(record.name).json"
        try step { () throws(Fault) in try JSONFile.encode(record, to: path) }
    }

    /// Lets `release` lead to another release, in one step.
    private func exchange(_ name: String) throws(Fault) {
        let temporary = "\(link).tmp"
        FileSystem.remove(temporary)
        guard try makeLink(to: name, at: temporary) else { return try exchangeFolder(name) }
        try step { () throws(Fault) in try FileSystem.rename(temporary, to: link) }
        FileSystem.sync(folder: releases.workspace.folder)
    }

    /// - Returns: false for a file system that has no links.
    private func makeLink(to name: String, at path: String) throws(Fault) -> Bool {
        if symlink("releases/\(name)", path) == 0 { return true }
        let code = errno
        if [EPERM, ENOSYS, EOPNOTSUPP, EINVAL].contains(code) { return false }
        throw .system("publish the release", path: link, code: code)
    }

    /// The same without links: a folder of its own, put in place by two renames.
    private func exchangeFolder(_ name: String) throws(Fault) {
        let (temporary, old) = ("\(link).tmp", "\(link).old")
        try FileSystem.renew(temporary)
        let source = "\(releases.folder)/\(name)"
        for file in FileSystem.names(in: source) {
            try FileSystem.linkOrCopy("\(source)/\(file)", to: "\(temporary)/\(file)")
        }
        FileSystem.remove(old)
        if Paths.exists(link) {
            try step { () throws(Fault) in try FileSystem.rename(link, to: old) }
        }
        try step { () throws(Fault) in try FileSystem.rename(temporary, to: link) }
        FileSystem.remove(old)
    }

    /// A release of an earlier version of the program is a folder, no link: its files get a dated
    /// folder, and the link takes its place.
    private func migrate(besides taken: String) throws(Fault) {
        let old = "\(link).old"
        if !Paths.exists(link), Paths.isFolder(old) { try FileSystem.rename(old, to: link) }
        guard Paths.isFolder(link), !FileSystem.isLink(link), releases.publishedName == nil,
            let stamp = FileStamp.ofFolder(link)
        else { return }
        let name = releases.freeName(milliseconds: Int64(stamp) * 1_000, besides: taken)
        let folder = "\(releases.folder)/\(name)"
        try step { () throws(Fault) in try FileSystem.renew("\(folder).tmp") }
        for file in FileSystem.names(in: link) {
            try step { () throws(Fault) in
                try FileSystem.linkOrCopy("\(link)/\(file)", to: "\(folder).tmp/\(file)")
            }
        }
        try step { () throws(Fault) in try FileSystem.rename("\(folder).tmp", to: folder) }
        let temporary = "\(link).tmp"
        FileSystem.remove(temporary)
        guard try makeLink(to: name, at: temporary) else { return }
        // Both names change at once where the system can do that.
        try step { () throws(Fault) in
            if FileSystem.exchange(temporary, link) { return }
            try FileSystem.rename(link, to: old)
            try FileSystem.rename(temporary, to: link)
        }
        FileSystem.remove(temporary)
        FileSystem.remove(old)
    }

    private func step(_ body: () throws(Fault) -> Void) throws(Fault) {
        counter.steps += 1
        if let failing, failing.step == counter.steps {
            throw .system("publish the release", path: releases.folder, code: EIO)
        }
        try body()
    }
}

/// A file of a release, and where a stage has it.
struct PublishedFile {
    var name: String
    var path: String
    var digest: String
}
