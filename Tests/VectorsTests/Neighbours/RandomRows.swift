import Records

@testable import Vectors

/// Rows around a few centres, some of them copies of earlier rows, none or a few zero.
func randomRows(
    _ seed: UInt64, rows: Int, columns: Int, centres: Int = 4, spread: Double = 0.5,
    copies: Double = 0.1
) throws -> UnitRows {
    var draws = CounterRNG(seed: seed, purpose: "random rows")
    func noise() -> Double { (0..<4).reduce(-2) { sum, _ in sum + draws.unit() } }
    let means = (0..<centres).map { _ in (0..<columns).map { _ in noise() } }
    var result: [[Float]] = []
    for row in 0..<rows {
        if draws.chance(copies), let copy = draws.pick(result) {
            result.append(copy)
        } else {
            let mean = means[row % centres]
            result.append(mean.map { Float($0 + spread * noise()) })
        }
    }
    return try UnitRows(Matrix(result))
}
