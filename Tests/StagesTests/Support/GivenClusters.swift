import Pipeline
import Records

/// Writes a test's lines as the sidecar `dedupe`, from metadata `{"cluster":"…"}`.
struct GivenClusters: Stage {
    static let description = StageDescription(
        name: "given-clusters", version: 1, role: .annotator, summary: "Reads a test's clusters.",
        method: "As they are.", cost: "None.", writes: "dedupe")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("clusters") { _ in { (row) throws(Fault) in try outcome(row) } }
    }

    private func outcome(_ row: Row) throws(Fault) -> Outcome {
        var parser = JSONParser()
        let cluster = try parser.children(of: row.record.metadata) { $0["cluster"]?.string }
        guard let cluster else { return .keep }
        var note = JSONObject()
        note["cluster"] = .string(cluster)
        note["conflict"] = .boolean(false)
        return Outcome(.keep, note: note.bytes)
    }
}
