internal import Pipeline
internal import Records
internal import Synchronization

/// How a run of a pipeline ended.
enum SessionEnd {
    case finished(RunReport)
    /// On the way, after some of the work: the figures of what was done are worth something.
    case stopped(Fault, UnfinishedRun)

    /// Prints the summary, or the document, and what ended the run.
    ///
    /// - Returns: The exit code.
    func show(_ console: Console, json: Bool) throws(Fault) -> Int32 {
        switch self {
        case .finished(let report):
            if json {
                console.print(String(decoding: RunJSON.bytes(report), as: UTF8.self))
            } else {
                for line in RunSummary(report: report).lines { console.print(line) }
            }
            try console.checkOutput()
            return report.exitCode
        case .stopped(let fault, let run):
            if json {
                console.print(String(decoding: RunJSON.bytes(fault, run), as: UTF8.self))
            } else {
                for line in RunSummary.lines(fault, run) { console.print(line) }
            }
            console.report(fault)
            try console.checkOutput()
            return fault.kind.exitCode
        }
    }
}

/// What a run did before it ended early.
struct UnfinishedRun: Sendable {
    var stages: [StageReport] = []
    /// The stage that was at work, and how far it was.
    var underWay: (stage: String, progress: StageProgress.State)?

    mutating func note(_ event: RunEvent) {
        switch event {
        case .warning, .notice: break
        case .started(let stage, _, _): underWay = (stage, StageProgress.State())
        case .progress(let stage, let progress): underWay = (stage, progress)
        case .finished(let report):
            // A run goes back to a stage whose files are damaged.
            stages.removeAll { $0.stage == report.stage }
            stages.append(report)
            underWay = nil
        }
    }

    /// `label: stopped with 12 of 40 rows done · calls: cached 3 · ok 9`, of the stage that was at
    /// work; rows are done in their order, so that there may be more calls.
    var progressWords: String? {
        guard let (stage, progress) = underWay else { return nil }
        var words = "\(stage): stopped with "
        if let total = progress.total {
            words += "\(NumberFormat.number(progress.done)) of \(NumberFormat.count(total, "row"))"
        } else {
            words += NumberFormat.count(progress.done, "row")
        }
        words += " done"
        return progress.detail.isEmpty ? words : "\(words) · \(progress.detail)"
    }
}

/// Gathers a run's events.
final class RunWatch: Sendable {
    private let run = Mutex(UnfinishedRun())

    func note(_ event: RunEvent) { run.withLock { $0.note(event) } }

    var soFar: UnfinishedRun { run.withLock { $0 } }
}
