internal import Pipeline
internal import Records
internal import Synchronization

/// Shows a run's events: a live line on a terminal, one plain line a stage elsewhere.
///
/// ```
/// 3/13 label · 1,200/5,000 rows · 310/s · 12.2 s left · calls: cached 800 · ok 400
/// ```
final class ProgressLine: Sendable {
    private struct State: Sendable {
        var stage = ""
        var number = 0
        var total = 0
        var began = 0.0
        var shown = 0.0
        var lineIsOpen = false
    }

    private let console: Console
    private let isQuiet: Bool
    private let clock: @Sendable () -> Double
    private let state = Mutex(State())
    /// A terminal is redrawn ten times a second, a log gets a line every half minute.
    private static let liveSeconds = 0.1
    private static let plainSeconds = 30.0

    init(
        _ console: Console, isQuiet: Bool,
        clock: @escaping @Sendable () -> Double = { Machine.seconds() }
    ) {
        self.console = console
        self.isQuiet = isQuiet
        self.clock = clock
    }

    /// What nobody may miss who wants no progress: a night's log, say.
    private func showNotes(_ event: RunEvent) {
        switch event {
        case .warning(let fault): console.warn(fault)
        case .notice(let sentence): console.talk(sentence)
        case .finished(let report):
            for note in report.notes { console.talk("\(report.stage): note: \(note)") }
        default: break
        }
    }

    func show(_ event: RunEvent) {
        if isQuiet { return showNotes(event) }
        state.withLock { state in
            switch event {
            case .warning(let fault): console.warn(fault)
            case .notice(let sentence):
                clear(&state)
                console.talk(sentence)
            case .started(let stage, let number, let total):
                state.stage = stage
                state.number = number
                state.total = total
                state.began = clock()
                // A log hears of a stage when it ends, or when it takes long.
                state.shown = state.began
                if console.width() != nil { draw("\(number)/\(total) \(stage)", &state) }
            case .progress(_, let progress):
                let now = clock()
                let isLive = console.width() != nil
                guard now - state.shown >= (isLive ? Self.liveSeconds : Self.plainSeconds) else {
                    return
                }
                state.shown = now
                let text = Self.text(
                    stage: state.stage, number: state.number, of: state.total,
                    seconds: now - state.began, progress)
                if isLive { draw(text, &state) } else { console.talk(text) }
            case .finished(let report):
                clear(&state)
                for line in Self.lines(report) { console.talk(line) }
            }
        }
    }

    /// Takes the live line away, before anything else is printed.
    func end() { state.withLock { clear(&$0) } }

    static func text(
        stage: String, number: Int, of total: Int, seconds: Double, _ progress: StageProgress.State
    ) -> String {
        var parts = ["\(number)/\(total) \(stage)"]
        if let rows = progress.total {
            parts.append("\(NumberFormat.number(progress.done))/\(NumberFormat.number(rows)) rows")
        } else {
            parts.append(NumberFormat.count(progress.done, "row"))
        }
        if seconds > 0, progress.done > 0 {
            let rate = Double(progress.done) / seconds
            parts.append(
                rate < 10 ? "\(NumberFormat.tenths(rate))/s" : "\(NumberFormat.number(Int(rate)))/s"
            )
            if let rows = progress.total, rows > progress.done {
                parts.append("\(NumberFormat.seconds(Double(rows - progress.done) / rate)) left")
            }
        }
        if !progress.detail.isEmpty { parts.append(progress.detail) }
        return parts.joined(separator: " · ")
    }

    /// What is said when a stage has ended: its counts, then its notes and broken gates.
    static func lines(_ report: StageReport) -> [String] {
        let counts = report.counts
        var parts: [String] = []
        if report.isReused { parts.append("reused") }
        parts.append("\(NumberFormat.count(counts.kept, "row"))")
        if counts.added > 0 { parts.append("\(NumberFormat.number(counts.added)) added") }
        if counts.refused > 0 { parts.append("\(NumberFormat.number(counts.refused)) refused") }
        if !report.isReused { parts.append(NumberFormat.seconds(report.statistics.seconds)) }
        var lines = ["\(report.stage): \(parts.joined(separator: ", "))"]
        if let line = BatchWords.line(report.statistics) { lines.append("  \(line)") }
        for note in report.notes { lines.append("  note: \(note)") }
        for gate in report.gates where !gate.passed {
            lines.append("  gate failed: \(gate.name): \(gate.detail)")
        }
        return lines
    }

    private func draw(_ text: String, _ state: inout State) {
        guard let width = console.width(), width > 1 else { return }
        let visible = String(VisibleText.escaped(text).prefix(width - 1))
        console.rawTalk(
            "\r\(console.usesColour ? "\u{1b}[2m\(visible)\u{1b}[0m" : visible)\u{1b}[K")
        state.lineIsOpen = true
    }

    private func clear(_ state: inout State) {
        if state.lineIsOpen { console.rawTalk("\r\u{1b}[K") }
        state.lineIsOpen = false
    }
}
