internal import CBLAS
internal import Records

/// Matrix products whose rows do not depend on their neighbours, bit for bit.
///
/// A BLAS may compute a row with another kernel, and so another rounding, depending on how many
/// rows a call has and where among them the row stands. Measured on OpenBLAS 0.3.21: SKYLAKEX,
/// SANDYBRIDGE and NEHALEM kernels do not from two rows on, COOPERLAKE ones not from seven, but
/// HASWELL and ZEN ones do with a period of 12. A run must give the same bytes however its texts
/// were batched; therefore texts share a call only where a check on the library as loaded finds
/// rows independent, and each text has calls of its own otherwise, which is slower for short ones.
struct Product: Sendable {
    /// Whether texts may share a call.
    let packs: Bool

    /// Rows of a shared call are a multiple of this; the rest is padded with zeros.
    static let rowStep = 16

    /// Checks for the shapes of a model; about 40 ms for the widths of MiniLM.
    init(shapes: [(inputs: Int, outputs: Int)]) {
        packs = shapes.allSatisfy { Self.rowsAreIndependent($0.inputs, $0.outputs) }
    }

    /// Takes the slower way, which needs no property of the library.
    init(packs: Bool) { self.packs = packs }

    /// out = x · weights; x is rows × inputs, weights inputs × outputs.
    @inline(__always) static func multiply(
        _ x: UnsafePointer<Float>, rows: Int, inputs: Int, _ weights: UnsafePointer<Float>,
        outputs: Int, into out: UnsafeMutablePointer<Float>
    ) {
        cblas_shim_sgemm(
            0, 0, Int32(rows), Int32(outputs), Int32(inputs), 1, x, Int32(inputs), weights,
            Int32(outputs), 0, out, Int32(outputs))
    }

    /// Compares the rows of one long call with the same rows in calls of other lengths that begin
    /// elsewhere, at offsets that fall on no tile's border.
    private static func rowsAreIndependent(_ inputs: Int, _ outputs: Int) -> Bool {
        let rows = Batch.capacity
        var draws = Draws(seed: 1, purpose: "row-independence")
        let x = (0..<rows * inputs).map { _ in Float(draws.unit()) - 0.5 }
        let weights = (0..<inputs * outputs).map { _ in Float(draws.unit()) - 0.5 }
        let whole = product(x[...], weights, inputs, outputs)
        for (first, count) in [(0, 16), (5, 16), (17, 32), (35, 48), (0, 96), (43, 112)] {
            let part = product(
                x[first * inputs..<(first + count) * inputs], weights, inputs, outputs)
            let same = whole[first * outputs..<(first + count) * outputs]
            if !part.elementsEqual(same, by: { $0.bitPattern == $1.bitPattern }) { return false }
        }
        return true
    }

    private static func product(
        _ x: ArraySlice<Float>, _ weights: [Float], _ inputs: Int, _ outputs: Int
    ) -> [Float] {
        let rows = x.count / inputs
        return [Float](unsafeUninitializedCapacity: rows * outputs) { out, count in
            x.withUnsafeBufferPointer { x in
                weights.withUnsafeBufferPointer { weights in
                    guard let x = x.baseAddress, let weights = weights.baseAddress,
                        let out = out.baseAddress
                    else { return }
                    multiply(
                        x, rows: rows, inputs: inputs, weights, outputs: outputs, into: out)
                }
            }
            count = rows * outputs
        }
    }
}
