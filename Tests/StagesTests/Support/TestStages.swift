import Foundation
import Pipeline
import Records

/// Gives every row the vector and the split that its metadata names, as `embed` and `split` would:
/// `{"v":[1,0.5],"split":"train"}`.
struct GivenVectors: Stage {
    static let description = StageDescription(
        name: "given-vectors", version: 1, role: .annotator, summary: "Vectors of a test.",
        method: "As they are.", cost: "None.", writes: "embeddings")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.mapLocally("vectors", initial: NoSummary()) { _ in
            BlockTask { block in
                var vectors: [Float] = []
                for row in block.rows { vectors += metadata(row.record).vector }
                return (BlockResult(block.rows.map { _ in .keep }, vectors: vectors), NoSummary())
            }
        }
    }
}

struct GivenSplit: Stage {
    static let description = StageDescription(
        name: "given-split", version: 1, role: .annotator, summary: "The split of a test.",
        method: "As it is.", cost: "None.", writes: "split")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("split") { _ in
            { row in
                let split = metadata(row.record).split
                return Outcome(.keep, note: split.map { Array(#"{"split":"\#($0)"}"#.utf8) })
            }
        }
    }
}

private func metadata(_ record: Record) -> (vector: [Float], split: String?) {
    let object =
        (try? JSONSerialization.jsonObject(with: Data(record.metadata))) as? [String: Any] ?? [:]
    let numbers = object["v"] as? [NSNumber] ?? []
    return (numbers.map(\.floatValue), object["split"] as? String)
}
