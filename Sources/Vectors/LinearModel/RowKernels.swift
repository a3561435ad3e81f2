/// Dot products and sums of 64-bit rows, four lanes at a time in one fixed order.
///
/// Four rows share each load of the weights. 32-bit weights would be faster, but their rounding
/// stops the solver at gradients near 1e-6.
enum RowKernels {
    typealias Lanes = SIMD4<Double>

    /// Widens `count` floats.
    static func widen(
        _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        let whole = count & ~3
        var at = 0
        while at < whole {
            let four = UnsafeRawPointer(from + at).loadUnaligned(as: SIMD4<Float>.self)
            UnsafeMutableRawPointer(to + at).storeBytes(of: Lanes(four), as: Lanes.self)
            at += 4
        }
        while at < count {
            to[at] = Double(from[at])
            at += 1
        }
    }

    static func load(_ from: UnsafePointer<Double>, _ at: Int) -> Lanes {
        UnsafeRawPointer(from + at).loadUnaligned(as: Lanes.self)
    }

    /// The dot product of one row and `weights`, both of `count` numbers.
    static func dot(
        _ row: UnsafePointer<Double>, _ weights: UnsafePointer<Double>, _ count: Int
    ) -> Double {
        var sum = Lanes.zero
        let whole = count & ~3
        var at = 0
        while at < whole {
            sum += load(row, at) * load(weights, at)
            at += 4
        }
        var total = sum.sum()
        while at < count {
            total += row[at] * weights[at]
            at += 1
        }
        return total
    }

    /// The dot products of four rows and `weights`; the same bits as four calls of ``dot``.
    static func dot4(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
        _ d: UnsafePointer<Double>, _ weights: UnsafePointer<Double>, _ count: Int
    ) -> SIMD4<Double> {
        var (sumA, sumB, sumC, sumD) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        let whole = count & ~3
        var at = 0
        while at < whole {
            let w = load(weights, at)
            sumA += load(a, at) * w
            sumB += load(b, at) * w
            sumC += load(c, at) * w
            sumD += load(d, at) * w
            at += 4
        }
        var total = SIMD4<Double>(sumA.sum(), sumB.sum(), sumC.sum(), sumD.sum())
        while at < count {
            total += SIMD4<Double>(a[at], b[at], c[at], d[at]) * weights[at]
            at += 1
        }
        return total
    }

    /// Adds `factor` times the row to `sums`.
    static func add(
        _ row: UnsafePointer<Double>, times factor: Double, to sums: UnsafeMutablePointer<Double>,
        _ count: Int
    ) {
        let whole = count & ~3
        var at = 0
        while at < whole {
            let sum = load(sums, at) + load(row, at) * factor
            UnsafeMutableRawPointer(sums + at).storeBytes(of: sum, as: Lanes.self)
            at += 4
        }
        while at < count {
            sums[at] += row[at] * factor
            at += 1
        }
    }

    /// Adds four rows, each times its factor, to `sums`; each sum is read and written once.
    static func add4(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafePointer<Double>,
        _ d: UnsafePointer<Double>, times factors: SIMD4<Double>,
        to sums: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        let whole = count & ~3
        var at = 0
        while at < whole {
            var sum = load(sums, at)
            sum += load(a, at) * factors[0]
            sum += load(b, at) * factors[1]
            sum += load(c, at) * factors[2]
            sum += load(d, at) * factors[3]
            UnsafeMutableRawPointer(sums + at).storeBytes(of: sum, as: Lanes.self)
            at += 4
        }
        while at < count {
            sums[at] += a[at] * factors[0]
            sums[at] += b[at] * factors[1]
            sums[at] += c[at] * factors[2]
            sums[at] += d[at] * factors[3]
            at += 1
        }
    }
}
