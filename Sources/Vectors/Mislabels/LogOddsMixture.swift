public import Records

/// Log-odds of several witnesses added up, each with a weight that fits the given labels best.
///
/// Stacking (Wolpert 1992) of held-out scores: the weights are at least 0 and minimise the log-loss
/// of the softmax of the sum, by Newton's method on up to ``mostRows`` rows, evenly spread. A
/// witness that knows nothing of the labels gets a weight of about 0.
public struct LogOddsMixture: Portable, Equatable {
    /// The weight of each witness, at least 0.
    public let weights: [Double]

    /// Rows that the weights are fitted on at most.
    public static let mostRows = 20_000

    /// - Parameters:
    ///   - witnesses: Witness → category → row → log-odds, finite; at most eight witnesses.
    ///   - given: Each row's category, -1 for none.
    /// - Throws: `badData` when shapes differ, there is no witness or more than eight, or a value
    ///   is not finite.
    public init(_ witnesses: [[[Double]]], given: [Int]) throws(Fault) {
        let categories = witnesses.first?.count ?? 0
        guard (1...8).contains(witnesses.count), given.allSatisfy({ $0 < categories }),
            witnesses.allSatisfy({ witness in
                witness.count == categories && witness.allSatisfy { $0.count == given.count }
            })
        else {
            throw Fault(.badData, "witnesses and labels differ in their shape")
        }
        guard witnesses.allSatisfy({ $0.allSatisfy { $0.allSatisfy(\.isFinite) } }) else {
            throw Fault(.badData, "a witness's log-odds are not finite")
        }
        let known = given.indices.filter { given[$0] >= 0 }
        let count = min(known.count, Self.mostRows)
        let rows = (0..<count).map { known[known.count * $0 / count] }
        weights = Self.fit(MixtureLoss(witnesses: witnesses, given: given, rows: rows))
    }

    /// Category → row → the weighted sum of the witnesses' log-odds.
    ///
    /// - Parameter witnesses: As many as there are weights, witness → category → row → log-odds.
    public func sums(_ witnesses: [[[Double]]]) -> [[Double]] {
        require(witnesses.count == weights.count, "every witness has a weight")
        return (witnesses.first ?? []).indices.map { category in
            (witnesses.first?[category] ?? []).indices.map { row in
                var sum = 0.0
                for (weight, witness) in zip(weights, witnesses) {
                    sum += weight * witness[category][row]
                }
                return sum
            }
        }
    }

    public func write(to bytes: inout PortableWriter) { weights.write(to: &bytes) }

    /// - Throws: `badData` for bytes that are no weights.
    public init(from bytes: inout PortableReader) throws(Fault) {
        weights = try [Double](from: &bytes)
    }

    private static func fit(_ loss: MixtureLoss) -> [Double] {
        let count = loss.witnesses.count
        var weights = [Double](repeating: 1 / Double(count), count: count)
        if loss.rows.isEmpty { return weights }
        var current = loss.expansion(at: weights)
        for _ in 0..<50 {
            let aim = current.minimum(from: weights)
            var step = 1.0
            var next = current
            var point = weights
            repeat {
                point = zip(weights, aim).map { $0 + step * ($1 - $0) }
                next = loss.expansion(at: point)
                step /= 2
            } while next.value > current.value && step > 1e-6
            if !(next.value < current.value) { break }
            let gain = current.value - next.value
            (weights, current) = (point, next)
            if gain < 1e-10 { break }
        }
        return weights
    }
}

/// The mean log-loss of weighted log-odds.
private struct MixtureLoss {
    let witnesses: [[[Double]]]
    let given: [Int]
    let rows: [Int]

    /// Value, slope and curvature at `weights`.
    func expansion(at weights: [Double]) -> QuadraticExpansion {
        let count = weights.count
        let categories = witnesses[0].count
        var result = QuadraticExpansion(size: count)
        var odds = [Double](repeating: 0, count: categories)
        var mean = [Double](repeating: 0, count: count)
        for row in rows {
            var top = -Double.infinity
            for category in 0..<categories {
                var sum = 0.0
                for at in 0..<count { sum += weights[at] * witnesses[at][category][row] }
                odds[category] = sum
                top = max(top, sum)
            }
            let own = odds[given[row]]
            var total = 0.0
            for category in 0..<categories {
                odds[category] = StableMath.exponential(odds[category] - top)
                total += odds[category]
            }
            result.value += top + StableMath.logarithm(total) - own
            for at in 0..<count {
                var sum = 0.0
                for category in 0..<categories {
                    sum += odds[category] * witnesses[at][category][row]
                }
                mean[at] = sum / total
                result.slope[at] += mean[at] - witnesses[at][given[row]][row]
            }
            for one in 0..<count {
                for other in 0...one {
                    var sum = 0.0
                    for category in 0..<categories {
                        sum +=
                            odds[category] * witnesses[one][category][row]
                            * witnesses[other][category][row]
                    }
                    result.curvature[one][other] += sum / total - mean[one] * mean[other]
                }
            }
        }
        let start = 1 / Double(count)
        for at in 0..<count {
            result.value += 0.5 * (weights[at] - start) * (weights[at] - start)
            result.slope[at] += weights[at] - start
            result.curvature[at][at] += 1
        }
        result.finish(rows: rows.count)
        return result
    }
}

/// A function's value, slope and curvature at a point.
private struct QuadraticExpansion {
    var value = 0.0
    var slope: [Double]
    /// The lower triangle while it is summed, then both.
    var curvature: [[Double]]

    init(size: Int) {
        slope = [Double](repeating: 0, count: size)
        curvature = slope.map { _ in [Double](repeating: 0, count: size) }
    }

    /// Makes means of sums, and the curvature symmetric.
    mutating func finish(rows: Int) {
        let factor = 1 / Double(rows)
        value *= factor
        for one in slope.indices {
            slope[one] *= factor
            for other in 0...one {
                curvature[one][other] *= factor
                curvature[other][one] = curvature[one][other]
            }
        }
    }

    /// The point of least value, without a coordinate below 0, of the parabola about `point`.
    func minimum(from point: [Double]) -> [Double] {
        var best = point
        var least = 0.0
        for free in 1..<(1 << point.count) {
            let places = point.indices.filter { free >> $0 & 1 == 1 }
            // Coordinates that are not free go to 0.
            let wanted = places.map { one in
                point.indices.reduce(-slope[one]) { $0 + curvature[one][$1] * point[$1] }
            }
            let system = places.map { one in places.map { curvature[one][$0] } }
            guard let found = Self.solve(system, wanted), found.allSatisfy({ $0 >= 0 }) else {
                continue
            }
            var candidate = [Double](repeating: 0, count: point.count)
            for (place, value) in zip(places, found) { candidate[place] = value }
            let change = change(from: point, to: candidate)
            if change < least { (best, least) = (candidate, change) }
        }
        return best
    }

    private func change(from point: [Double], to other: [Double]) -> Double {
        let step = zip(other, point).map { $0 - $1 }
        var change = 0.0
        for one in step.indices {
            change += slope[one] * step[one]
            for two in step.indices { change += 0.5 * step[one] * curvature[one][two] * step[two] }
        }
        return change
    }

    /// Gauss's elimination on a positive definite matrix; nil when rounding leaves none.
    private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        var (matrix, right) = (matrix, right)
        for pivot in right.indices {
            guard matrix[pivot][pivot] > 1e-15 else { return nil }
            for row in right.indices where row > pivot {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                for column in pivot..<right.count {
                    matrix[row][column] -= factor * matrix[pivot][column]
                }
                right[row] -= factor * right[pivot]
            }
        }
        for row in right.indices.reversed() {
            for column in (row + 1)..<right.count {
                right[row] -= matrix[row][column] * right[column]
            }
            right[row] /= matrix[row][row]
        }
        return right
    }
}
