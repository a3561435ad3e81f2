import CBLAS
import CDNNL
import CKernels
import Encoder
import Glibc

/// The speed of the matrix products alone: the four of a layer of MiniLM, six layers with weights
/// of their own, in the calls the encoder makes.
struct Ceiling {
    private static let shapes = [(384, 1152), (384, 384), (384, 1536), (1536, 384)]
    private static let rows = 128
    private let precision: Precision
    private let usesDNNL = dnnl_shim_load() == 0
    private let x: [Float]
    private let halves: [UInt16]
    private let weights: [[Float]]
    private let matrices: [OpaquePointer]

    init(_ precision: Precision) {
        self.precision = precision
        func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 97) / 97 - 0.5 } }
        x = numbers(Self.rows * 1536)
        halves = x.map(ckernels_half_of)
        let weights = (0..<6).flatMap { _ in Self.shapes.map { numbers($0.0 * $0.1) } }
        matrices =
            precision == .bf16
            ? weights.enumerated().compactMap { index, numbers in
                let (inputs, outputs) = Self.shapes[index % 4]
                return dnnl_shim_pack(numbers, Int32(inputs), Int32(outputs))
            } : []
        self.weights = weights
        if !usesDNNL { _ = cblas_shim_load() }
    }

    /// Operations a second of this thread's time.
    func measure() -> Double {
        var out = [Float](repeating: 0, count: Self.rows * 1536)
        let (start, repetitions) = (clock(), 40)
        for _ in 0..<repetitions {
            for index in weights.indices {
                let (inputs, outputs) = (
                    Int32(Self.shapes[index % 4].0), Int32(Self.shapes[index % 4].1)
                )
                let rows = Int32(Self.rows)
                if precision == .bf16 {
                    _ = dnnl_shim_multiply(matrices[index], halves, rows, &out)
                } else if usesDNNL {
                    _ = dnnl_shim_sgemm(rows, outputs, inputs, x, weights[index], &out)
                } else {
                    cblas_shim_sgemm(
                        0, 0, rows, outputs, inputs, 1, x, inputs, weights[index], outputs, 0,
                        &out, outputs)
                }
            }
        }
        let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
        let operations = Self.shapes.reduce(0) { $0 + 2 * $1.0 * $1.1 } * 6 * Self.rows
        return Double(operations * repetitions) / seconds
    }
}
