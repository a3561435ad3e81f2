import Foundation
import Pipeline
import Records

/// Gives every row the vector that a test put into its metadata, `{"v":[…]}`: it stands for the
/// encoder where a test needs vectors of a known shape.
struct GivenVectors: Stage {
    static let description = StageDescription(
        name: "given-vectors", version: 1, role: .annotator, summary: "Reads a test's vectors.",
        method: "As they are.", cost: "None.", writes: Sidecar.embeddings)

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func run(_ work: StageWork) async throws(Fault) {
        try await work.map { block throws(Fault) in
            var parser = JSONParser()
            var numbers = JSONParser()
            var vectors: [Float] = []
            for row in block.rows {
                let raw = try parser.children(of: row.record.metadata) { fields in
                    fields["v"].map { Array($0.raw) } ?? []
                }
                vectors += try numbers.children(of: raw) { fields in
                    fields.map { Float($0.number ?? .nan) }
                }
            }
            return BlockResult(block.rows.map { _ in .keep }, vectors: vectors)
        }
    }
}

/// Writes a test's lines as the sidecar `dedupe`, from metadata `{"cluster":"…"}`.
struct GivenClusters: Stage {
    static let description = StageDescription(
        name: "given-clusters", version: 1, role: .annotator, summary: "Reads a test's clusters.",
        method: "As they are.", cost: "None.", writes: "dedupe")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { row throws(Fault) in
            var parser = JSONParser()
            let cluster = try parser.children(of: row.record.metadata) { $0["cluster"]?.string }
            guard let cluster else { return .keep }
            var note = JSONObject()
            note["cluster"] = .string(cluster)
            note["conflict"] = .boolean(false)
            return Outcome(.keep, note: note.bytes)
        }
    }
}
