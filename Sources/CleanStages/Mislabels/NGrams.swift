internal import Pipeline
internal import Records
internal import StageKit
internal import Text
internal import Vectors

/// The words of a text and the runs of four characters within each word and the space around it,
/// as scikit-learn's `char_wb` has them.
///
/// Runs that end at words did better than runs across them, and four characters as well as two to
/// five (docs/decisions/0025-wrong-labels.md).
struct NGrams: Sendable {
    private let normaliser = TextNormaliser(.width)
    private static let length = 4
    private static let space = UInt8(ascii: " ")

    /// Hashes of the n-grams in the order of the text, with repeats.
    func hashes(of text: String) -> [UInt64] {
        let bytes = normaliser.normalise(Array(text.utf8))
        var hashes: [UInt64] = []
        hashes.reserveCapacity(bytes.count + bytes.count / 4)
        for token in bytes.split(separator: Self.space) {
            Self.addCharacters([Self.space] + token + [Self.space], &hashes)
            for word in token.split(whereSeparator: { !Self.isOfWord($0) }) {
                hashes.append(StableHash.hash(Array(word), seed: 1))
            }
        }
        return hashes
    }

    private static func addCharacters(_ token: [UInt8], _ hashes: inout [UInt64]) {
        var starts = token.indices.filter { token[$0] & 0xC0 != 0x80 }
        let runs = max(1, starts.count - length + 1)
        starts.append(token.count)
        token.withUnsafeBytes { token in
            for run in 0..<runs {
                let end = starts[min(run + length, starts.count - 1)]
                hashes.append(
                    StableHash.hash(
                        UnsafeRawBufferPointer(rebasing: token[starts[run]..<end]),
                        seed: UInt64(length)))
            }
        }
    }

    /// ASCII letters, digits and the underscore, and everything beyond ASCII.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}

extension StepGraph {
    /// Counts the n-grams of the training rows in one pass.
    mutating func nGrams(
        of training: StepValue<TrainingRows>
    ) -> StepValue<InRowOrder<TermCounts>> {
        fold("n-grams", training, initial: InRowOrder<TermCounts>()) { _, training in
            let nGrams = NGrams()
            return { block in
                var counts = TermCounts()
                for row in block.rows where training.place(of: row.index) != nil {
                    counts.append(nGrams.hashes(of: row.record.text))
                }
                return InRowOrder(counts, of: block.range)
            }
        }
    }
}
