internal import Records

/// Rows of a release's splits, and of each category those that hold.
struct SplitRows: Equatable {
    private static let names = ["train.jsonl", "val.jsonl", "test.jsonl"]

    var rows = 0
    var categories: [String: Int] = [:]

    /// The categories of the splits that a run is about to publish: as the stage that wrote them
    /// counted them, else counted here.
    static func categories(of files: [PublishedFile]) -> [String: Int] {
        let splits = files.filter { names.contains($0.name) }
        let folders = Set(splits.map { String($0.path.dropLast($0.name.count + 1)) })
        if folders.count == 1, let folder = folders.first,
            let counts = SplitCounts.of(folder: folder)
        {
            return counts.positives
        }
        return count(splits.map(\.path)).categories
    }

    /// Of a release's folder.
    static func of(folder: String) -> SplitRows {
        count(names.map { "\(folder)/\($0)" }.filter(Paths.exists))
    }

    /// Passes over what cannot be read: these numbers guard a release, and are no part of one.
    private static func count(_ paths: [String]) -> SplitRows {
        var result = SplitRows()
        var parser = RecordParser()
        for path in paths {
            do throws(Fault) {
                var reader = try LineReader(path: path)
                var block = LineBlock()
                while try reader.read(into: &block) {
                    for line in block.lines where !line.isEmpty {
                        result.rows += 1
                        guard let record = try? parser.parse(Array(block.bytes[line.range])) else {
                            continue
                        }
                        for category in record.labels.positives {
                            result.categories[category, default: 0] += 1
                        }
                    }
                }
            } catch { continue }
        }
        return result
    }
}

extension Releases {
    /// Of fewer rows a category's share says nothing: some come and go with every run.
    static let fewestRows = 20

    /// What the published release has and a candidate lacks, beyond what is allowed, in the words
    /// of a summary; none for a candidate without rows or of fewer by a limit, which has faults of
    /// its own, and where the release that stands did not pass itself.
    func shrinkage(of candidate: ReleaseRecord, allowed: Allowance) -> [String] {
        guard Paths.isFolder(workspace.release), candidate.rows > 0, !isPartial(candidate) else {
            return []
        }
        let current = published
        // Of one of an earlier version nobody knows, so that it counts as good.
        guard current?.passed ?? true else { return [] }
        let counted = current?.categories == nil ? SplitRows.of(folder: workspace.release) : nil
        var lost: [String] = []
        func compare(_ name: String?, _ new: Int, _ old: Int) {
            guard Double(old - new) > Double(old) * allowed.shrink else { return }
            let rows = NumberFormat.count(new, "row") + (name.map { " of `\($0)`" } ?? "")
            lost.append("\(rows) after \(NumberFormat.number(old))")
        }
        compare(nil, candidate.rows, current?.rows ?? counted?.rows ?? 0)
        let categories = current?.categories ?? counted?.categories ?? [:]
        for (name, old) in categories.sorted(by: { $0.key < $1.key }) where old >= Self.fewestRows {
            compare(name, candidate.categories?[name] ?? 0, old)
        }
        if lost.isEmpty { return [] }
        let since = current.map { "of \($0.moment) UTC" } ?? "that stands"
        return [
            "failed: release: \(lost.joined(separator: ", ")) in the release \(since): more than "
                + "the \(Allowance.percent(allowed.shrink)) of allow.shrink lost"
        ]
    }
}
