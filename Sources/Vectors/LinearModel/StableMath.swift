/// Elementary functions of additions and multiplications only, so that every machine computes the
/// same bits: the C library's `exp` picks another kernel where fused instructions exist.
enum StableMath {
    /// e to the power `x`, within 2 units in the last place; 0 below -745, infinite above 709.
    static func exponential(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x < -745 { return 0 }
        if x > 709.78 { return .infinity }
        // x = k ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite's two-part ln 2), then Taylor.
        let k = (x * 1.4426950408889634).rounded()
        let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
        var sum = r * (1.0 / 6_227_020_800) + 1.0 / 479_001_600
        sum = sum * r + 1.0 / 39_916_800
        sum = sum * r + 1.0 / 3_628_800
        sum = sum * r + 1.0 / 362_880
        sum = sum * r + 1.0 / 40_320
        sum = sum * r + 1.0 / 5_040
        sum = sum * r + 1.0 / 720
        sum = sum * r + 1.0 / 120
        sum = sum * r + 1.0 / 24
        sum = sum * r + 1.0 / 6
        sum = (sum * r + 0.5) * r + 1
        sum = sum * r + 1
        let exponent = Int(k)
        // Two factors: 2^k alone may lie below the normal numbers, or above all numbers.
        let half = exponent / 2
        return sum * power(half) * power(exponent - half)
    }

    /// ln(1 + u) for u in 0...1, within 2e-16.
    static func logOnePlus(_ u: Double) -> Double {
        // ln(1 + u) = 2 artanh(s), s = u / (2 + u) <= 1/3.
        let s = u / (2 + u)
        let square = s * s
        var sum = square * (1.0 / 33) + 1.0 / 31
        sum = sum * square + 1.0 / 29
        sum = sum * square + 1.0 / 27
        sum = sum * square + 1.0 / 25
        sum = sum * square + 1.0 / 23
        sum = sum * square + 1.0 / 21
        sum = sum * square + 1.0 / 19
        sum = sum * square + 1.0 / 17
        sum = sum * square + 1.0 / 15
        sum = sum * square + 1.0 / 13
        sum = sum * square + 1.0 / 11
        sum = sum * square + 1.0 / 9
        sum = sum * square + 1.0 / 7
        sum = sum * square + 1.0 / 5
        sum = sum * square + 1.0 / 3
        sum = sum * square + 1
        return 2 * s * sum
    }

    /// 1 / (1 + e^-z) without overflow.
    static func sigmoid(_ z: Double) -> Double {
        if z >= 0 { return 1 / (1 + exponential(-z)) }
        let e = exponential(z)
        return e / (1 + e)
    }

    /// ln(p / (1 - p)) for p of 0...1, kept within ±``LogisticModel/certainty``.
    static func logit(_ p: Double) -> Double {
        let most = LogisticModel.certainty
        if p <= 0 { return -most }
        if p >= 1 { return most }
        guard p.isNormal else { return -most }
        return min(most, max(-most, logarithm(p) - logarithm(1 - p)))
    }

    /// ln x for a normal x above 0.
    static func logarithm(_ x: Double) -> Double {
        Double(x.exponent) * 0.693_147_180_559_945_3 + logOnePlus(x.significand - 1)
    }

    /// 2 to the power `exponent`, within -1022...1023.
    static func power(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(1023 + exponent) << 52)
    }
}
