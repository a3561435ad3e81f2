internal import Records

extension Runner {
    /// Publishes what the stages made, unless the release that stands is better.
    func publish(_ stages: [FinishedStage], _ report: inout RunReport) throws(Fault) {
        let files = Workspace.publishedFiles(stages)
        guard !files.isEmpty, let last = stages.last else { return }
        let releases = workspace.releases
        var candidate = ReleaseRecord(
            name: releases.freeName(milliseconds: WallClock.system.now()),
            tool: "curate \(Tool.version)", run: options.run, rows: last.manifest.rows,
            limit: plan.file.limit, reasons: report.reasons)
        candidate.categories = SplitRows.categories(of: files)
        var objections: [String] = []
        if options.publish != .always, !releases.isUnrecorded(with: Publisher.sums(files)) {
            objections = releases.objections(to: candidate)
            report.shrinkage = releases.shrinkage(of: candidate, allowed: plan.file.allowance)
            if !report.shrinkage.isEmpty {
                candidate.reasons = report.reasons
                objections.insert("it is much smaller than the release that stands", at: 0)
            }
        }
        if !objections.isEmpty {
            report.withheld = objections
            return try releases.write(
                WithheldRelease(
                    name: candidate.name, run: options.run, rows: candidate.rows,
                    because: objections, reasons: candidate.reasons))
        }
        let (_, isNew) = try Publisher(releases).publish(files, as: candidate)
        releases.forgetWithheld()
        report.released = files.map(\.name)
        report.release = workspace.release
        if !isNew { return }
        releases.prune(keeping: plan.file.releasesKept)
        // A further name changes a file's entry, and nothing else.
        for stage in stages where !stage.manifest.published.isEmpty {
            guard var statistics = StageStatistics.read(folder: stage.folder) else { continue }
            statistics.stamps = FolderCheck.stamps(folder: stage.folder, stage.manifest)
            try? statistics.write(folder: stage.folder)
        }
    }
}
