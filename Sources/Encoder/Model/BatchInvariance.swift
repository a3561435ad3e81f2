internal import CKernels
internal import Records

extension GEMM {
    /// Whether a row's result is the same in every company it can have here.
    ///
    /// Compares the rows of the longest call with the same rows in calls of other lengths that
    /// begin elsewhere, at offsets that fall on no tile's border.
    static func rowsAreIndependent(
        _ library: Library, _ precision: Precision, _ shapes: [(inputs: Int, outputs: Int)],
        step: Int
    ) -> Bool {
        let most = shapes.map { max(blockRows * $0.inputs, $0.inputs * $0.outputs) }.max() ?? 0
        var draws = CounterRNG(seed: 1, purpose: "row-independence")
        let numbers = (0..<most).map { _ in Float(draws.unit()) - 0.5 }
        return numbers.withUnsafeBufferPointer { numbers in
            guard let numbers = numbers.baseAddress else { return false }
            return shapes.allSatisfy { shape in
                guard let multiply = sample(library, precision, shape, numbers) else {
                    return false
                }
                return isIndependent(shape, step, multiply)
            }
        }
    }

    /// Rows from `first` on, multiplied.
    private typealias Sample = (_ first: Int, _ count: Int) -> [Float]

    private static func isIndependent(
        _ shape: (inputs: Int, outputs: Int), _ step: Int, _ multiply: Sample
    ) -> Bool {
        let whole = multiply(0, blockRows)
        // 1, 2, 3, 5, 8 and 13 steps, as far as they fit, beginning anywhere.
        let counts = [1, 2, 3, 5, 8, 13].map { $0 * step }.filter { $0 < blockRows }
        let calls = counts.enumerated().map { (first: (5 + 7 * $0) % (blockRows - $1), count: $1) }
        return calls.allSatisfy { first, count in
            multiply(first, count).withUnsafeBytes { part in
                whole[first * shape.outputs..<(first + count) * shape.outputs].withUnsafeBytes {
                    part.elementsEqual($0)
                }
            }
        }
    }

    private static func sample(
        _ library: Library, _ precision: Precision, _ shape: (inputs: Int, outputs: Int),
        _ numbers: UnsafePointer<Float>
    ) -> Sample? {
        let (inputs, outputs) = shape
        guard precision == .bf16 else {
            return { first, count in
                [Float](unsafeUninitializedCapacity: count * outputs) { out, filled in
                    filled = count * outputs
                    guard let out = out.baseAddress else { return }
                    multiply(
                        library, numbers + first * inputs, rows: count, inputs: inputs, numbers,
                        outputs: outputs, into: out)
                }
            }
        }
        let halves = (0..<blockRows * inputs).map { ckernels_half_of(numbers[$0]) }
        guard let matrix = PackedMatrix(numbers, inputs: inputs, outputs: outputs) else {
            return nil
        }
        return { first, count in
            var out = [Float](repeating: 0, count: count * outputs)
            let done = halves.withUnsafeBufferPointer { halves in
                halves.baseAddress.map {
                    matrix.multiply($0 + first * inputs, rows: count, into: &out)
                }
            }
            // No kernel at all: nothing equals the whole then.
            return done == true ? out : []
        }
    }
}
