internal import Pipeline
internal import Records
internal import StageKit

/// What becomes of the rows, as far as it is not that a row stays and is like no other.
struct DedupeOutcomes: Portable {
    var refusals: [Int: Refusal] = [:]
    /// The first row of the cluster of each row that is not itself that row.
    var clusters: [Int: String] = [:]
    /// Rows with a like text and contrary labels.
    var conflicts: Set<Int> = []

    init() {}

    func outcome(_ row: Row) -> Outcome {
        if let refusal = refusals[row.index] { return Outcome(.refuse(refusal)) }
        let note = DedupeNote(
            cluster: clusters[row.index] ?? row.record.id,
            isConflict: conflicts.contains(row.index))
        return Outcome(.keep, note: note.line)
    }

    func write(to bytes: inout PortableWriter) {
        refusals.write(to: &bytes)
        clusters.write(to: &bytes)
        conflicts.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        refusals = try [Int: Refusal](from: &bytes)
        clusters = try [Int: String](from: &bytes)
        conflicts = try Set<Int>(from: &bytes)
    }
}
