import CBLAS
import Records
import Testing

@testable import Encoder

/// What may be asked of bf16; all but the refusal needs a processor that multiplies in it.
struct PrecisionTests {
    private static let isThere = Precision.bf16.isSupported

    @Test func `bf16 is refused with advice, or works`() throws {
        try TinyModel().withFolder { folder in
            guard Self.isThere else {
                let fault = #expect(throws: Fault.self) {
                    try SentenceEncoder(folder: folder, precision: .bf16)
                }
                #expect(fault?.hint?.contains("fp32") == true)
                return
            }
            let half = try SentenceEncoder(folder: folder, precision: .bf16)
            let whole = try SentenceEncoder(folder: folder)
            #expect(half.kernelDescription.contains("bf16"))
            #expect(half.fingerprint != whole.fingerprint)
            #expect(try half.encode([], threads: 2).isEmpty)
            #expect(try half.encode(["", "the a b"], threads: 3).count == 64)
        }
    }

    @Test(.enabled(if: isThere, "needs a processor with avx512_bf16, and oneDNN"))
    func `bf16 vectors are the same in any order, company and number of threads`() throws {
        try TinyModel().withFolder { folder in
            let encoder = try SentenceEncoder(folder: folder, precision: .bf16)
            var draws = CounterRNG(seed: 8, purpose: "precision-test")
            let words = ["the", "a", "bs", "cing", ".", "zz", "t"]
            let texts = (0..<120).map { _ in
                (0..<draws.below(25)).map { _ in draws.pick(words) ?? "" }.joined(separator: " ")
            }
            let whole = try encoder.encode(texts, threads: 1)
            for seed in 0..<20 as Range<UInt64> {
                var draws = CounterRNG(seed: seed, purpose: "batches")
                let order = draws.sample(1 + draws.below(texts.count), of: Array(texts.indices))
                let part = try encoder.encode(
                    order.map { texts[$0] }, threads: 1 + draws.below(4))
                let expected = order.flatMap { whole[$0 * 32..<($0 + 1) * 32] }
                #expect(part.map(\.bitPattern) == expected.map(\.bitPattern), "seed \(seed)")
            }
        }
    }

    /// A thousand texts of ordinary words, eight of each subject, so that neighbours mean
    /// something.
    private static func texts() -> [String] {
        let subjects = [
            "the delivery of my order", "a refund for the broken lamp", "the new phone",
            "this forum", "our neighbour's dog", "the weather in the mountains", "a chess match",
            "the bus to the station", "my password", "the recipe for onion soup",
            "the school play", "an old bicycle",
        ]
        let openings = [
            "I am still waiting to hear about", "Nobody told me anything about",
            "Let me tell you what I think of", "Does anyone here know more about",
            "Yesterday my sister complained about", "It was a pleasure to read about",
        ]
        let endings = [
            "and it makes me rather angry", "but I do not mind at all", "because it is late again",
            "so please write back soon", "which was the best part of the day",
            "although the price is far too high", "and everyone laughed about it",
            "before we all go home", "if you have a minute", "as the manual says on page twelve",
            "since last winter", "without any reason", "in spite of the rain", "for once",
        ]
        return openings.flatMap { opening in
            subjects.flatMap { subject in endings.map { "\(opening) \(subject) \($0)" } }
        }.prefix(1000).map { $0 }
    }

    @Test(
        .enabled(
            if: isThere && TestModel.isThere,
            "needs a processor with avx512_bf16, oneDNN, and the model all-MiniLM-L6-v2"))
    func `a thousand texts keep their direction, and their nearest neighbours`() throws {
        let whole = try TestModel.encoder.get()
        let half = try SentenceEncoder(folder: TestModel.folder ?? "", precision: .bf16)
        let texts = Self.texts()
        let exact = try whole.encode(texts, threads: 2)
        let rounded = try half.encode(texts, threads: 2)
        #expect(cblas_shim_load() == 0)
        let (least, kept) = Self.compare(exact, rounded, width: whole.dimension)
        #expect(texts.count == 1000)
        #expect(least >= 0.9995)
        #expect(kept >= 980)
        #expect(exact != rounded)
    }

    /// The least cosine of a text's two vectors, and how many texts keep their nearest neighbour.
    private static func compare(
        _ exact: [Float], _ rounded: [Float], width: Int
    ) -> (least: Float, kept: Int) {
        let count = exact.count / width
        // Every fourth is asked: the search is slow without optimisation.
        let asked = stride(from: 0, to: count, by: 4)
        func products(_ a: [Float], _ b: [Float]) -> [Float] {
            var c = [Float](repeating: 0, count: count * count)
            let (rows, columns) = (Int32(count), Int32(width))
            cblas_shim_sgemm(0, 1, rows, rows, columns, 1, a, columns, b, columns, 0, &c, rows)
            return c
        }
        func nearest(_ scores: [Float]) -> [Int] {
            scores.withUnsafeBufferPointer { scores in
                asked.map { a in
                    var best = (score: -Float.infinity, index: -1)
                    for b in 0..<count where b != a && scores[a * count + b] > best.score {
                        best = (scores[a * count + b], b)
                    }
                    return best.index
                }
            }
        }
        let between = products(exact, rounded)
        let least = (0..<count).map { between[$0 * count + $0] }.min() ?? 0
        let neighbours = zip(
            nearest(products(exact, exact)), nearest(products(rounded, rounded)))
        return (least, 4 * neighbours.count { $0 == $1 })
    }
}
