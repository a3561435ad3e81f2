import CKernels
import Records
import Testing

@testable import Encoder

struct VectorTests {
    /// Texts of many lengths over the tiny vocabulary.
    private func texts(_ count: Int, seed: UInt64) -> [String] {
        var draws = CounterRNG(seed: seed, purpose: "vector-test")
        let words = ["the", "a", "bs", "cing", ".", "zz", "t"]
        return (0..<count).map { _ in
            (0..<draws.below(25)).map { _ in draws.pick(words) ?? "" }.joined(separator: " ")
        }
    }

    private func same(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Bool {
        a.elementsEqual(b) { $0.bitPattern == $1.bitPattern }
    }

    @Test(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
    func `agrees with sentence-transformers`() throws {
        let encoder = try TestModel.encoder.get()
        #expect(encoder.dimension == 384)
        #expect(encoder.maximumTokens == 256)
        let rows = try Golden.load().rows
        let vectors = try encoder.encode(rows.map(\.text), threads: 2)
        for (index, row) in rows.enumerated() {
            let ours = vectors[index * 384..<(index + 1) * 384]
            let difference = zip(ours, row.vector).map { abs($0 - $1) }.max() ?? 1
            // 3.7e-7 was the largest difference seen; other kernels sum in another order.
            #expect(difference < 2e-6, "golden row \(index)")
            let length = ours.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(length - 1) < 1e-5)
        }
    }

    @Test(.enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"))
    func `the real model gives the same bytes in any order, company and number of threads`() throws
    {
        let encoder = try TestModel.encoder.get()
        let texts = try Golden.load().rows.map(\.text)
        let whole = try encoder.encode(texts, threads: 1)
        var draws = CounterRNG(seed: 5, purpose: "order")
        for threads in 1...3 {
            let order = draws.sample(12 + threads, of: Array(texts.indices))
            let part = try encoder.encode(order.map { texts[$0] }, threads: threads)
            for (place, index) in order.enumerated() {
                let equal = same(
                    part[place * 384..<(place + 1) * 384], whole[index * 384..<(index + 1) * 384])
                #expect(equal, "text \(index) with \(threads) threads")
            }
        }
    }

    /// Encodes the texts `size` at a time; a size that does not divide their number leaves a rest.
    private func inBatches(
        of size: Int, _ texts: [String], _ encoder: SentenceEncoder, threads: Int
    ) throws -> [Float] {
        var vectors: [Float] = []
        for start in stride(from: 0, to: texts.count, by: size) {
            let batch = Array(texts[start..<min(start + size, texts.count)])
            vectors += try encoder.encode(batch, threads: threads)
        }
        return vectors
    }

    @Test(arguments: Precision.allCases.filter(\.isSupported))
    func `batches of 1, 7 and 512 texts on 1, 2 and 4 threads give the same bytes`(
        precision: Precision
    ) throws {
        try TinyModel().withFolder { folder in
            let encoder = try SentenceEncoder(folder: folder, precision: precision)
            let texts = texts(512, seed: 12)
            let whole = try encoder.encode(texts, threads: 1)
            #expect(whole.count == 512 * 32)
            for size in [1, 7, 512] {
                for threads in [1, 2, 4] {
                    let vectors = try inBatches(of: size, texts, encoder, threads: threads)
                    #expect(same(vectors, whole), "batches of \(size), \(threads) threads")
                }
            }
        }
    }

    @Test(
        // One after the other: each keeps a thread of the few that all tests share.
        .enabled(if: TestModel.isThere, "needs the model all-MiniLM-L6-v2"), .serialized,
        arguments: Precision.allCases.filter(\.isSupported))
    func `so do batches of the real model`(precision: Precision) throws {
        let encoder =
            precision == .fp32
            ? try TestModel.encoder.get()
            : try SentenceEncoder(folder: TestModel.folder ?? "", precision: precision)
        // Some texts of the golden rows, then words: 512 sentences take long unoptimised.
        var texts = try Golden.load().rows.prefix(8).map(\.text)
        texts += self.texts(512 - texts.count, seed: 13).map { String($0.prefix(4)) }
        let whole = try encoder.encode(texts, threads: 1)
        #expect(whole.count == 512 * 384)
        for threads in [1, 2, 4] {
            // `whole` is the batch of 512 on one thread.
            for (size, count) in [(1, 21), (7, 21), (512, 512)] where size < 512 || threads > 1 {
                let some = Array(texts.prefix(count))
                let vectors = try inBatches(of: size, some, encoder, threads: threads)
                #expect(
                    same(vectors, whole[..<(count * 384)]),
                    "batches of \(size), \(threads) threads")
            }
        }
    }

    @Test(arguments: [nil, GEMM.Library.openBLAS], [true, false])
    func `many random batches give the same bytes`(
        library: GEMM.Library?, packing: Bool
    ) throws {
        try TinyModel().withFolder { folder in
            let best = try SentenceEncoder(folder: folder)
            // Packed only where the library allows it; text by text must work anywhere.
            let encoder = try SentenceEncoder(
                folder: folder, precision: .fp32, library: library, packing: packing ? nil : false,
                level: ckernels_best_level())
            #expect(best.fingerprint == encoder.fingerprint)
            let texts = texts(150, seed: 9)
            let whole = try encoder.encode(texts, threads: 1)
            #expect(whole.count == texts.count * 32)
            for seed in 0..<30 as Range<UInt64> {
                var draws = CounterRNG(seed: seed, purpose: "batches")
                let order = draws.sample(1 + draws.below(texts.count), of: Array(texts.indices))
                let threads = 1 + draws.below(4)
                let part = try encoder.encode(order.map { texts[$0] }, threads: threads)
                let expected = order.flatMap { whole[$0 * 32..<($0 + 1) * 32] }
                #expect(same(part, expected), "seed \(seed)")
            }
        }
    }

    @Test func `instruction sets with fused multiply-adds give the same bytes`() throws {
        try TinyModel().withFolder { folder in
            let texts = texts(40, seed: 2)
            let best = try SentenceEncoder(folder: folder).encode(texts, threads: 1)
            for level in 0..<ckernels_best_level().rawValue {
                let encoder = try SentenceEncoder(
                    folder: folder, precision: .fp32, library: nil, packing: nil,
                    level: ckernels_level(level))
                let vectors = try encoder.encode(texts, threads: 2)
                let worst = zip(vectors, best).map { abs($0 - $1) }.max() ?? 1
                #expect(level == 0 ? worst < 2e-6 : same(vectors, best), "level \(level)")
            }
        }
    }

    @Test func `both libraries give the same vectors within their rounding`() throws {
        try TinyModel().withFolder { folder in
            let texts = texts(60, seed: 4)
            let best = try SentenceEncoder(folder: folder)
            let other = try SentenceEncoder(
                folder: folder, precision: .fp32, library: .openBLAS, packing: nil,
                level: ckernels_best_level())
            #expect(other.kernelDescription.contains("OpenBLAS"))
            #expect(best.fingerprint == other.fingerprint)
            let pairs = zip(
                try best.encode(texts, threads: 1), try other.encode(texts, threads: 1))
            #expect(pairs.allSatisfy { abs($0 - $1) < 2e-6 })
        }
    }

    @Test func `no text gives no vector and no thread is refused`() throws {
        try TinyModel().withFolder { folder in
            let encoder = try SentenceEncoder(folder: folder)
            #expect(try encoder.encode([], threads: 4).isEmpty)
            #expect(try encoder.encode([""], threads: 64).count == 32)
            #expect(throws: Fault.self) { try encoder.encode(["a"], threads: 0) }
            #expect(encoder.kernelDescription.contains("32-bit floats"))
        }
    }

    @Test func `batches hold every text once and are full but not more`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "plan")
            let lengths = (0..<draws.below(200)).map { _ in 2 + draws.below(255) }
            let batches = Batch.plan(lengths: lengths)
            #expect(batches.flatMap(\.texts).sorted() == Array(lengths.indices))
            for batch in batches {
                #expect(batch.tokens == batch.texts.reduce(0) { $0 + lengths[$1] })
                #expect(batch.tokens <= Batch.capacity || batch.texts.count == 1)
            }
            for (index, batch) in batches.enumerated() {
                let left = batches[(index + 1)...].flatMap(\.texts).map { lengths[$0] }
                #expect(left.allSatisfy { batch.tokens + $0 > Batch.capacity })
            }
        }
    }
}
