import Foundation
import Records

/// Rows whose vectors say what they are, for evaluation.
enum EvaluateSamples {
    static func record(
        _ id: String, vector: [Float], split: String?, labels: [String: Bool],
        source: Provenance.Source = .corpus, root: String? = nil, set: String? = nil
    ) -> Record {
        let numbers = vector.map { "\($0)" }.joined(separator: ",")
        let place = split.map { #","split":"\#($0)""# } ?? ""
        return Record(
            id: id, text: "text of \(id)", labels: Labels(labels),
            provenance: Provenance(source: source, rootID: root, setID: set),
            metadata: Array(#"{"v":[\#(numbers)]\#(place)}"#.utf8))
    }

    /// 20 train, 10 val and 10 test rows, every second of them spam.
    static func separable(turnedInTest: Bool = false) -> [Record] {
        (0..<40).map { number in
            let isSpam = number % 2 == 0
            let split = number < 20 ? "train" : number < 30 ? "val" : "test"
            let label = split == "test" && turnedInTest ? !isSpam : isSpam
            let wobble = Float(number % 5) / 100
            return record(
                "r\(number)", vector: [isSpam ? 1 : -1, wobble], split: split,
                labels: ["spam": label])
        }
    }

    /// `count` rows of two overlapping categories, some labels unknown, some rows synthetic.
    static func noisy(_ count: Int, seed: UInt64) -> [Record] {
        (0..<count).map { number in
            var draws = CounterRNG(seed: seed, purpose: "noisy", id: "\(number)")
            let isSpam = draws.chance(0.4)
            let isThreat = draws.chance(0.3)
            let vector = [
                (isSpam ? 1 : -1) + Float(draws.unit() * 3 - 1.5),
                (isThreat ? 1 : -1) + Float(draws.unit() * 3 - 1.5), Float(draws.unit()),
            ]
            let split = ["train", "train", "train", "val", "test"][draws.below(5)]
            var labels = ["spam": isSpam]
            if draws.chance(0.9) { labels["threats"] = isThreat }
            let source: Provenance.Source =
                split == "train" && draws.chance(0.3)
                ? (draws.chance(0.5) ? .zeroShot : .perturbation) : .corpus
            return record(
                "n\(number)", vector: vector, split: split, labels: labels, source: source,
                root: draws.chance(0.2) ? "n\(draws.below(count))" : nil,
                set: draws.chance(0.3) ? "set\(draws.below(6))" : nil)
        }
    }

    static let chain = "- {use: given-vectors}\n- {use: given-split}\n"
}
