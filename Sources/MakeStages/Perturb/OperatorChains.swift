internal import Perturbation
internal import Records

/// Draws chains of operators: every operator is as likely as every other, whatever the row.
struct OperatorChains: Sendable {
    let steps: [Perturber.Step]
    private let maximum: Int
    /// For each step, those that may follow it.
    private let partners: [[Int]]

    init(_ steps: [Perturber.Step], _ perturber: Perturber, maximum: Int) {
        self.steps = steps
        self.maximum = maximum
        partners = steps.map { first in
            maximum < 2
                ? []
                : steps.indices.filter { second in
                    steps[second].op.id != first.op.id
                        && (try? perturber.check([first, steps[second]])) != nil
                }
        }
    }

    /// One step, or two with the chance of one half; places in ``steps``.
    func draw(_ draws: inout CounterRNG) -> [Int] {
        let first = draws.below(steps.count)
        guard maximum > 1, draws.chance(0.5), let second = draws.pick(partners[first]) else {
            return [first]
        }
        return [first, second]
    }
}
