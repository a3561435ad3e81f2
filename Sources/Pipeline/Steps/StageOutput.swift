public import Records

/// Where a stage's last step puts its own files, gates and notes.
public struct StageOutput: Sendable {
    public let context: StageContext

    init(_ context: StageContext) { self.context = context }

    /// Writes a file of the stage's own beside its records.
    ///
    /// - Parameter isPublished: Whether it belongs to the release.
    /// - Throws: `stopped` when there is no room, `defect` for a name that is no file's.
    public func write(
        _ bytes: [UInt8], to name: String, rows: Int? = nil, isPublished: Bool = false
    ) throws(Fault) {
        try context.write(bytes, to: name, rows: rows, isPublished: isPublished)
    }

    /// Begins a file of the stage's own that is written piece by piece.
    ///
    /// - Throws: `stopped` when there is no room, `defect` for a name that is no file's.
    public func open(_ name: String) throws(Fault) -> StageFile { try context.open(name) }

    /// Puts a finished file in its place.
    ///
    /// - Throws: `stopped` when there is no room.
    public func close(_ file: StageFile, isPublished: Bool = false) throws(Fault) {
        try context.close(file, isPublished: isPublished)
    }

    /// Names a file of lines that the map wrote; one that got no line is made.
    ///
    /// - Parameter isPublished: Whether it belongs to the release.
    /// - Throws: `stopped` when there is no room.
    public func lines(_ name: String, isPublished: Bool = false) throws(Fault) {
        try context.closeLines(name, isPublished: isPublished)
    }

    /// Notes whether a promise was kept; a broken one ends the run with exit code 1.
    public func gate(_ name: String, passed: Bool, detail: String) {
        context.gate(name, passed: passed, detail: detail)
    }

    /// A sentence for the user, shown when the stage ends and again when it is reused.
    public func note(_ sentence: String) { context.note(sentence) }

    /// A sentence about this run alone, which the stage's folder does not keep.
    public func remark(_ sentence: String) { context.remark(sentence) }

    /// A number for `stats.json` that the program reads again.
    public func count(_ counter: Counter, _ number: Double) { context.count(counter, number) }

    /// A number for `stats.json` that only people read.
    public func count(_ name: String, _ number: Double) { context.count(name, number) }
}
