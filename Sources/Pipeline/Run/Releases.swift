internal import FoundationEssentials
internal import Glibc
internal import Records

/// A pipeline's releases: dated folders below `releases/`, and `release`, a link to the one that
/// is published.
///
/// The link is exchanged by one rename, so that whoever opens `release` at any moment, also after
/// a crash, finds a whole release.
public struct Releases: Sendable {
    let workspace: Workspace

    var folder: String { "\(workspace.folder)/releases" }
    private var withheldPath: String { "\(folder)/withheld.json" }

    /// The name of the published release; nil when there is none, or one of an earlier version of
    /// the program, which has no dated folder.
    var publishedName: String? {
        let link = workspace.release
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
        if let target {
            let name = String(target.dropFirst("releases/".count))
            return target.hasPrefix("releases/") && ReleaseRecord.isName(name) ? name : nil
        }
        // A file system without links, where it is a copy.
        guard let sums = Self.sums(link) else { return nil }
        return names.last { Self.sums("\(folder)/\($0)") == sums }
    }

    /// The folder of the published release, whatever links lead to it; nil when there is none.
    var current: String? {
        Paths.isFolder(workspace.release) ? Paths.real(workspace.release) : nil
    }

    private static func sums(_ folder: String) -> Data? {
        FileManager.default.contents(atPath: "\(folder)/SHA256SUMS")
    }

    /// What is known of the published release.
    public var published: ReleaseRecord? { publishedName.flatMap(record) }

    /// What a run made after the published release, and did not publish.
    public var withheld: WithheldRelease? {
        JSONFile.decode(WithheldRelease.self, from: withheldPath)
    }

    /// All that are kept, the oldest first.
    public var names: [String] {
        FileSystem.names(in: folder).filter {
            ReleaseRecord.isName($0) && !FileSystem.isLink("\(folder)/\($0)")
        }.sorted { one, other in
            // The second of one second comes behind the first.
            one.utf8.count == other.utf8.count || one.prefix(18) != other.prefix(18)
                ? one < other : one.utf8.count < other.utf8.count
        }
    }

    func record(_ name: String) -> ReleaseRecord? {
        JSONFile.decode(ReleaseRecord.self, from: "\(folder)/\(name).json")
    }

    func write(_ withheld: WithheldRelease) throws(Fault) {
        try FileSystem.makeFolder(folder)
        try JSONFile.encode(withheld, to: withheldPath)
    }

    func forgetWithheld() { unlink(withheldPath) }

    /// A name that is free, is not `taken`, which is about to be, and comes behind all others of
    /// the same second.
    func freeName(milliseconds: Int64, besides taken: String? = nil) -> String {
        let first = ReleaseRecord.name(milliseconds: milliseconds)
        func number(_ name: String) -> Int? {
            if name == first { return 1 }
            return name.hasPrefix("\(first)-") ? Int(name.dropFirst(first.count + 1)) : nil
        }
        let known = FileSystem.names(in: folder).map {
            $0.hasSuffix(".json") ? String($0.dropLast(".json".count)) : $0
        }
        let last = (known + (taken.map { [$0] } ?? [])).compactMap(number).max()
        return last.map { "\(first)-\($0 + 1)" } ?? first
    }

    /// Why a candidate shall not take the published release's place; none when it may.
    func objections(to candidate: ReleaseRecord) -> [String] {
        // Also where there is no other: readers do not open files without rows.
        var objections = candidate.rows == 0 ? ["it has no rows"] : []
        guard Paths.isFolder(workspace.release) else { return objections }
        // One of an earlier version of the program: nobody knows, so it counts as good.
        let current = published
        if let limit = candidate.limit, isPartial(candidate) {
            objections.append(
                "it is partial: at most \(NumberFormat.count(limit, "row")) were read")
        }
        if !candidate.passed, current?.passed ?? true {
            objections.append("its run ended with exit code 1, and that of the release did not")
        }
        return objections
    }

    /// Whether a limit makes a candidate smaller than the published release.
    func isPartial(_ candidate: ReleaseRecord) -> Bool {
        guard let limit = candidate.limit else { return false }
        return published?.limit.map { limit < $0 } ?? true
    }

    /// Whether `release` is one of an earlier version of the program and holds the same files,
    /// whatever is known of it.
    func isUnrecorded(with sums: [UInt8]) -> Bool {
        publishedName == nil && Self.sums(workspace.release) == Data(sums)
    }

    /// Removes all but the `count` newest, never the published one, and what a crash left.
    func prune(keeping count: Int) {
        // What lies behind a link is not this workspace's.
        if FileSystem.isLink(folder) { return }
        let published = publishedName
        let known = names
        for name in known.dropLast(count) where name != published {
            // The record last: a folder without one is still found and removed.
            FileSystem.remove("\(folder)/\(name)")
            unlink("\(folder)/\(name).json")
        }
        for name in FileSystem.names(in: folder) where name.hasSuffix(".tmp") {
            if ReleaseRecord.isName(String(name.dropLast(4))) {
                FileSystem.remove("\(folder)/\(name)")
            }
        }
    }
}
