/// Products of two vectors summed in eight lanes, which the compiler makes vector instructions of.
///
/// The order of the sum is fixed: the same bytes on every call.
enum LaneSums {
    static func dot<Scalar: BinaryFloatingPoint & SIMDScalar & BitwiseCopyable>(
        _ one: UnsafePointer<Scalar>, _ two: UnsafePointer<Scalar>, _ count: Int
    ) -> Scalar {
        var sums = SIMD8<Scalar>.zero
        let whole = count & ~7
        var at = 0
        while at < whole {
            sums +=
                UnsafeRawPointer(one + at).loadUnaligned(as: SIMD8<Scalar>.self)
                * UnsafeRawPointer(two + at).loadUnaligned(as: SIMD8<Scalar>.self)
            at += 8
        }
        var total = sums.sum()
        while at < count {
            total += one[at] * two[at]
            at += 1
        }
        return total
    }
}
