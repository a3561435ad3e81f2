import CBLAS
import CDNNL
import CKernels
import Glibc
import Records
import Testing

@testable import Encoder

struct KernelTests {
    private let levels = (0...ckernels_best_level().rawValue).map { ckernels_level($0) }

    private func numbers(_ count: Int, seed: UInt64, spread: Float) -> [Float] {
        var draws = CounterRNG(seed: seed, purpose: "kernel-test")
        return (0..<count).map { _ in (Float(draws.unit()) - 0.5) * spread }
    }

    @Test func `gelu is the exact one, to single precision`() {
        let bias = numbers(64, seed: 1, spread: 1)
        let x = numbers(640, seed: 2, spread: 16)
        for level in levels {
            var y = x
            ckernels_bias_gelu(level, &y, nil, 10, 64, bias)
            for index in x.indices {
                let input = Double(x[index] + bias[index % 64])
                let exact = 0.5 * input * (1 + erf(input / 2.0.squareRoot()))
                #expect(abs(Double(y[index]) - exact) < 2e-6)
            }
        }
    }

    @Test func `16-bit results are the 32-bit ones, rounded to even`() {
        let bias = numbers(48, seed: 7, spread: 1)
        let gain = numbers(48, seed: 8, spread: 2)
        let x = numbers(3 * 48, seed: 9, spread: 9)
        for level in levels {
            var (whole, kept) = (x, x)
            var half = [UInt16](repeating: 0, count: x.count)
            ckernels_bias_gelu(level, &whole, nil, 3, 48, bias)
            ckernels_bias_gelu(level, &kept, &half, 3, 48, bias)
            #expect(kept == x)
            #expect(half == whole.map(ckernels_half_of))
            (whole, kept) = (x, x)
            ckernels_residual_norm(level, &whole, nil, 3, 48, bias, x, gain, bias, 1e-12)
            ckernels_residual_norm(level, &kept, &half, 3, 48, bias, x, gain, bias, 1e-12)
            #expect(kept == whole)
            #expect(half == whole.map(ckernels_half_of))
        }
        // 1 + 2^-8 lies half way between two; a NaN must not become an infinity.
        #expect(ckernels_half_of(1.00390625) == 0x3F80)
        #expect(ckernels_half_of(1.01171875) == 0x3F82)
        #expect(ckernels_half_of(Float(bitPattern: 0x7FFF_FFFF)) & 0x7FFF > 0x7F80)
        #expect(ckernels_half_of(-.infinity) == 0xFF80)
    }

    @Test func `layer norm gives mean 0 and deviation 1 before gain and shift`() {
        let residual = numbers(5 * 48, seed: 4, spread: 3)
        let gain = [Float](repeating: 1, count: 48)
        let zero = [Float](repeating: 0, count: 48)
        for level in levels {
            var x = numbers(5 * 48, seed: 5, spread: 9)
            ckernels_residual_norm(level, &x, nil, 5, 48, zero, residual, gain, zero, 1e-12)
            for row in 0..<5 {
                let values = x[row * 48..<(row + 1) * 48].map(Double.init)
                #expect(abs(values.reduce(0, +)) < 1e-4)
                #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 48 - 1) < 1e-5)
            }
        }
    }

    @Test func `the mean of rows has length 1, and a zero mean stays zero`() {
        for level in levels {
            var out = [Float](repeating: .nan, count: 32)
            ckernels_mean_unit(level, &out, numbers(7 * 32, seed: 6, spread: 2), 7, 32)
            #expect(abs(out.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
            ckernels_mean_unit(level, &out, [Float](repeating: 0, count: 32), 1, 32)
            #expect(out.allSatisfy { $0 == 0 })
        }
    }

    @Test func `the BLAS multiplies, row-major, with every transposition`() {
        #expect(cblas_shim_load() == 0)
        let a: [Float] = [1, 2, 3, 4, 5, 6]  // 2 × 3
        let b: [Float] = [1, 0, 2, 1, 0, 3]  // 3 × 2
        var c = [Float](repeating: 9, count: 4)
        cblas_shim_sgemm(0, 0, 2, 2, 3, 1, a, 3, b, 2, 0, &c, 2)
        #expect(c == [5, 11, 14, 23])
        cblas_shim_sgemm(0, 1, 2, 2, 3, 2, a, 3, a, 3, 1, &c, 2)
        #expect(c == [33, 75, 78, 177])
        let e: [Double] = [1, 2, 3, 4, 5, 6]
        var d = [Double](repeating: 0, count: 9)
        cblas_shim_dgemm(1, 0, 3, 3, 2, 1, e, 3, e, 3, 0, &d, 3)
        #expect(d == [17, 22, 27, 22, 29, 36, 27, 36, 45])
        #expect(!String(cString: cblas_shim_core()).isEmpty)
        #expect(String(cString: cblas_shim_error()).isEmpty)
    }

    @Test func `opening the BLAS leaves the environment as it was`() {
        _ = cblas_shim_load()
        let named = getenv("OPENBLAS_CORETYPE").map { String(cString: $0) }
        #expect(named != "SKYLAKEX" || String(cString: cblas_shim_core()) == "SkylakeX")
        if named == nil, ckernels_best_level() == ckernels_avx512 {
            #expect(String(cString: cblas_shim_core()) == "SkylakeX")
        }
    }

    @Test func `oneDNN multiplies in 32 bits`() throws {
        guard dnnl_shim_load() == 0 else {
            #expect(!String(cString: dnnl_shim_error()).isEmpty)
            return
        }
        #expect(String(cString: dnnl_shim_version()).hasPrefix("2."))
        let x = numbers(24 * 32, seed: 10, spread: 2)
        let weights = numbers(32 * 48, seed: 11, spread: 2)
        var out = [Float](repeating: .nan, count: 24 * 48)
        #expect(dnnl_shim_sgemm(24, 48, 32, x, weights, &out) == 0)
        for row in 0..<24 {
            for column in 0..<48 {
                let exact = exact(x, weights, row, column) { $0 }
                #expect(abs(Double(out[row * 48 + column]) - exact) < 1e-5)
            }
        }
    }

    /// The product of a row of `x` and a column of `weights`, both rounded by `number`.
    private func exact(
        _ x: [Float], _ weights: [Float], _ row: Int, _ column: Int, _ number: (Float) -> Float
    ) -> Double {
        (0..<32).reduce(0) {
            $0 + Double(number(x[row * 32 + $1])) * Double(number(weights[$1 * 48 + column]))
        }
    }

    @Test(
        .enabled(
            if: dnnl_shim_load() == 0 && dnnl_shim_has_bf16() != 0,
            "needs a processor with avx512_bf16, and oneDNN"))
    func `16-bit products are those of the rounded numbers`() throws {
        let x = numbers(24 * 32, seed: 10, spread: 2)
        let weights = numbers(32 * 48, seed: 11, spread: 2)
        var out = [Float](repeating: .nan, count: 24 * 48)
        let matrix = try #require(PackedMatrix(weights, inputs: 32, outputs: 48))
        #expect(matrix.kernel.contains("bf16"))
        #expect(matrix.multiply(x.map(ckernels_half_of), rows: 24, into: &out))
        for row in 0..<24 {
            for column in 0..<48 {
                let rounded = exact(x, weights, row, column) {
                    Float(bitPattern: UInt32(ckernels_half_of($0)) << 16)
                }
                #expect(abs(Double(out[row * 48 + column]) - rounded) < 1e-5)
            }
        }
    }
}
