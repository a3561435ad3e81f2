public import Records

/// How suspicious labels are by several witnesses, such as linear models and neighbours.
///
/// The score is the mean of the witnesses' ranks. Ranks, because witnesses are not on one scale; on
/// the sets tried the mean beat each of them alone (Benchmarks/quality).
public enum Suspicion {
    /// One score a label, above 0 and below 1, high for suspicious; NaN where a witness is silent.
    ///
    /// - Parameter witnesses: Witness → label → what is held against it, high for suspicious and on
    ///   any scale; NaN where the witness has nothing to say. At least one witness.
    /// - Throws: `badData` when there is no witness, or their lengths differ.
    public static func meanRanks(_ witnesses: [[Float]]) throws(Fault) -> [Float] {
        guard let first = witnesses.first, witnesses.allSatisfy({ $0.count == first.count }) else {
            throw Fault(.badData, "the witnesses of suspicion differ in their number of labels")
        }
        let judged = (0..<Int32(first.count)).filter { at in
            witnesses.allSatisfy { !$0[Int(at)].isNaN }
        }
        // Twice the ranks, which are whole numbers.
        var sums = [Int64](repeating: 0, count: judged.count)
        for witness in witnesses { addRanks(judged.map { witness[Int($0)] }, to: &sums) }
        var scores = [Float](repeating: .nan, count: first.count)
        let all = Double(2 * witnesses.count * judged.count)
        for (at, label) in judged.enumerated() {
            scores[Int(label)] = Float(Double(sums[at]) / all)
        }
        return scores
    }

    /// Adds twice the ranks of values, which begin at one half; equal values share the mean of
    /// their ranks.
    private static func addRanks(_ values: [Float], to sums: inout [Int64]) {
        let order = (0..<Int32(values.count)).sorted {
            (values[Int($0)], $0) < (values[Int($1)], $1)
        }
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, values[Int(order[to])] == values[Int(order[from])] { to += 1 }
            for at in from..<to { sums[Int(order[at])] += Int64(from + to) }
            from = to
        }
    }
}
