public import Records

/// How suspicious labels are by several witnesses, such as linear models and neighbours.
///
/// The score is the mean of the witnesses' ranks. Ranks, because witnesses are not on one scale; on
/// the sets tried the mean beat each of them alone (Benchmarks/quality).
public enum Suspicion {
    /// One score a label, above 0 and below 1, high for suspicious; nil where a witness is silent.
    ///
    /// - Parameter witnesses: Witness → label → what is held against it, high for suspicious and on
    ///   any scale; nil where the witness has nothing to say. At least one witness.
    /// - Throws: `badData` when there is no witness, their lengths differ, or a value is not a
    ///   number.
    public static func meanRanks(_ witnesses: [[Double?]]) throws(Fault) -> [Double?] {
        guard let first = witnesses.first, witnesses.allSatisfy({ $0.count == first.count }) else {
            throw Fault(.badData, "the witnesses of suspicion differ in their number of labels")
        }
        guard witnesses.allSatisfy({ $0.allSatisfy { !($0?.isNaN ?? false) } }) else {
            throw Fault(.badData, "a witness's value is not a number")
        }
        let judged = first.indices.filter { at in witnesses.allSatisfy { $0[at] != nil } }
        var sums = [Double](repeating: 0, count: judged.count)
        for witness in witnesses {
            let ranks = ranks(judged.map { witness[$0] ?? 0 })
            for at in sums.indices { sums[at] += ranks[at] }
        }
        var scores = [Double?](repeating: nil, count: first.count)
        for (at, label) in judged.enumerated() {
            scores[label] = sums[at] / Double(witnesses.count * judged.count)
        }
        return scores
    }

    /// Ranks from 0.5 up, equal values sharing the mean of their ranks.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, values[order[to]] == values[order[from]] { to += 1 }
            for at in from..<to { ranks[order[at]] = Double(from + to) / 2 }
            from = to
        }
        return ranks
    }
}
