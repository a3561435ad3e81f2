import Foundation
import Pipeline
import Records

/// Gives every row the vector that its metadata names, and says that the words in `"unknown"` are
/// not known to the model, as `embed` would: `{"v":[1,0],"unknown":"ቃል","blind":true}`.
struct GivenUnknownWords: Stage {
    static let description = StageDescription(
        name: "given-unknown-words", version: 1, role: .annotator, summary: "Vectors of a test.",
        method: "As they are.", cost: "None.", writes: Sidecar.embeddings,
        writesBeside: Sidecar.unknownWords)

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.mapLocally("vectors", initial: NoSummary()) { _ in
            BlockTask { block in (result(block), NoSummary()) }
        }
    }

    private func result(_ block: RowBlock) -> BlockResult {
        var vectors: [Float] = []
        var outcomes: [Outcome] = []
        for row in block.rows {
            let object =
                (try? JSONSerialization.jsonObject(with: Data(row.record.metadata)))
                as? [String: Any] ?? [:]
            vectors += (object["v"] as? [NSNumber] ?? []).map(\.floatValue)
            let line = (object["unknown"] as? String).map { words in
                let hash = StableHash.hash(words)
                let blind = object["blind"] as? Bool ?? false
                return "{\"words\":\"\(String(hash, radix: 16))\",\"script\":\"Ethiopic\","
                    + "\"blind\":\(blind)}"
            }
            outcomes.append(Outcome(.keep, note: line.map { Array($0.utf8) }))
        }
        return BlockResult(outcomes, vectors: vectors)
    }
}
