import Records

/// Bytes at random, drawn from pieces that lead a scanner astray.
func randomBytes(_ draws: inout CounterRNG, pieces: [String], count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<count {
        if draws.chance(0.1) {
            bytes.append(UInt8(draws.below(256)))
        } else {
            bytes += Array((draws.pick(pieces) ?? "").utf8)
        }
    }
    return bytes
}
