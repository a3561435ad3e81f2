import CKernels
import Glibc
import Records
import Testing

@testable import Encoder

struct AttentionTests {
    private let levels = (0...ckernels_best_level().rawValue).map { ckernels_level($0) }

    private struct Sample {
        let (length, heads, part): (Int, Int, Int)
        let x, bias: [Float]
        /// What is added to a score, for each head by how far the key stands behind its query.
        let added: [Float]

        init(length: Int, heads: Int, part: Int, seed: UInt64 = 1) {
            var draws = CounterRNG(seed: seed, purpose: "attention-test")
            func numbers(_ count: Int) -> [Float] {
                (0..<count).map { _ in Float(draws.unit() * 4 - 2) }
            }
            (self.length, self.heads, self.part) = (length, heads, part)
            x = numbers(length * 3 * heads * part)
            bias = numbers(3 * heads * part)
            added = numbers(heads * (2 * length - 1))
        }

        func result(_ level: ckernels_level, added useAdded: Bool = false) -> [Float] {
            let count = ckernels_attention_room(Int32(length), Int32(part))
            // What the room held before must not matter, not even as NaN.
            var room = [Float](repeating: .nan, count: count)
            var out = [Float](repeating: .nan, count: length * heads * part)
            added.withUnsafeBufferPointer { added in
                ckernels_attention(
                    level, x, bias, Int32(length), Int32(heads), Int32(part),
                    useAdded ? added.baseAddress.map { $0 + length - 1 } : nil, 2 * length - 1,
                    &room, &out, nil)
            }
            return out
        }

        /// The same in 64-bit floats, as the formula has it.
        func exact(added useAdded: Bool) -> [Double] {
            let width = heads * part
            func value(_ row: Int, _ kind: Int, _ head: Int, _ d: Int) -> Double {
                let column = kind * width + head * part + d
                return Double(x[row * 3 * width + column]) + Double(bias[column])
            }
            var out = [Double](repeating: 0, count: length * width)
            for head in 0..<heads {
                for i in 0..<length {
                    let scores = (0..<length).map { j in
                        let dot = (0..<part).reduce(0.0) {
                            $0 + value(i, 0, head, $1) * value(j, 1, head, $1)
                        }
                        let place = head * (2 * length - 1) + length - 1 + j - i
                        return dot / Double(part).squareRoot()
                            + (useAdded ? Double(added[place]) : 0)
                    }
                    let top = scores.max() ?? 0
                    let powers = scores.map { exp($0 - top) }
                    let total = powers.reduce(0, +)
                    for d in 0..<part {
                        out[i * width + head * part + d] = (0..<length).reduce(0.0) {
                            $0 + powers[$1] / total * value($1, 2, head, d)
                        }
                    }
                }
            }
            return out
        }
    }

    @Test(arguments: [1, 2, 3, 15, 16, 17, 31, 50], [8, 16, 32])
    func `attention is the formula's for every length and width`(length: Int, part: Int) {
        let sample = Sample(length: length, heads: 3, part: part)
        for useAdded in [false, true] {
            let exact = sample.exact(added: useAdded)
            for level in levels {
                let result = sample.result(level, added: useAdded)
                let worst = zip(result, exact).map { abs(Double($0) - $1) }.max() ?? 1
                #expect(worst < 5e-6, "level \(level.rawValue)")
            }
        }
    }

    @Test(
        .enabled(
            if: ckernels_best_level().rawValue >= ckernels_avx512.rawValue,
            "needs a processor with AVX-512"))
    func `instruction sets with fused multiply-adds give the same bits`() {
        for (length, part) in [(1, 32), (16, 32), (77, 64), (33, 24)] {
            let sample = Sample(length: length, heads: 2, part: part, seed: UInt64(length))
            let narrow = sample.result(ckernels_avx2, added: true)
            let wide = sample.result(ckernels_avx512, added: true)
            #expect(narrow.map(\.bitPattern) == wide.map(\.bitPattern))
        }
    }

    @Test func `16-bit results are the 32-bit ones, rounded`() {
        for part in [8, 32] {
            let sample = Sample(length: 21, heads: 2, part: part)
            for level in levels {
                var room = [Float](
                    repeating: 0, count: ckernels_attention_room(21, Int32(part)))
                var unused: Float = 0
                var half = [UInt16](repeating: 0, count: 21 * 2 * part)
                ckernels_attention(
                    level, sample.x, sample.bias, 21, 2, Int32(part), nil, 0, &room, &unused,
                    &half)
                #expect(half == sample.result(level).map(ckernels_half_of))
            }
        }
    }

    @Test func `huge scores do not overflow`() {
        let sample = Sample(length: 5, heads: 1, part: 16, seed: 4)
        let scaled = sample.x.map { $0 * 1e6 }
        for level in levels {
            var room = [Float](repeating: 0, count: ckernels_attention_room(5, 16))
            var out = [Float](repeating: 0, count: 5 * 16)
            ckernels_attention(
                level, scaled, sample.bias, 5, 1, 16, nil, 0, &room, &out, nil)
            #expect(out.allSatisfy { $0.isFinite })
        }
    }
}
