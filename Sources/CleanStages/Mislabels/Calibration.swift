internal import Records
internal import StageKit
internal import Vectors

/// What a suspicion means as a probability, by what people decided about labels.
///
/// Decisions are about labels that were flagged, so it says nothing of less suspicious ones.
struct Calibration: Sendable {
    /// Decided labels.
    private(set) var decided = 0
    private(set) var wrong = 0
    private var regression: IsotonicRegression?

    /// With fewer decided labels a step of the regression stands on a handful of them.
    static let leastDecisions = 20

    /// - Throws: `badData` when a suspicion is not finite.
    init(
        _ verdicts: Verdicts, categories: [String], ids: IdentifierColumn, decisions: Decisions
    ) throws(Fault) {
        if decisions.isEmpty { return }
        var (scores, outcomes) = ([Double](), [Bool]())
        for verdict in verdicts.all {
            let id = ids[Int(verdict.row)]
            switch decisions[id, categories[Int(verdict.category)]]?.decision {
            case .correct: outcomes.append(false)
            case .wrong: outcomes.append(true)
            case .unsure, nil: continue
            }
            scores.append(Double(verdict.suspicion))
        }
        decided = outcomes.count
        wrong = outcomes.count { $0 }
        if decided >= Self.leastDecisions {
            regression = try IsotonicRegression(scores: scores, outcomes: outcomes)
        }
    }

    var isKnown: Bool { regression != nil }

    /// Sets the probability of being wrong of every verdict that is at least as suspicious as the
    /// least suspicious decided one.
    func apply(to verdicts: inout Verdicts) {
        guard let regression else { return }
        for at in verdicts.all.indices {
            let suspicion = Double(verdicts.all[at].suspicion)
            guard suspicion >= regression.lowest else { continue }
            verdicts.all[at].wrongProbability = Float(regression.probability(suspicion))
        }
    }

    /// Flags as many of the most suspicious verdicts as keep the expected share of wrong ones at
    /// `precision` or above; contradictions stay flagged.
    ///
    /// Without decisions enough all flags stay as they are.
    func flag(_ verdicts: inout Verdicts, precision: Double) {
        if regression == nil { return }
        let ranked = verdicts.all.indices.filter { !verdicts.all[$0].wrongProbability.isNaN }
            .sorted { one, two in
                (-verdicts.all[one].suspicion, one) < (-verdicts.all[two].suspicion, two)
            }
        var (sum, count) = (0.0, 0)
        for (at, place) in ranked.enumerated() {
            sum += Double(verdicts.all[place].wrongProbability)
            if sum >= precision * Double(at + 1) { count = at + 1 }
        }
        for at in verdicts.all.indices where verdicts.all[at].flag == .model {
            verdicts.all[at].flag = .none
        }
        for place in ranked.prefix(count) where verdicts.all[place].flag == .none {
            verdicts.all[place].flag = .model
        }
    }

    /// What is said of a run that was asked for a precision.
    func note(precision: Double) -> String {
        if isKnown {
            return "flags are chosen for a precision of \(precision), by isotonic regression on "
                + NumberFormat.count(decided, "decided label")
        }
        return
            "\(NumberFormat.count(decided, "decided label")) are too few for `flag: precision`, "
            + "which "
            + "needs \(Self.leastDecisions): the flags are those of prune_by_noise_rate; decide "
            + "about the labels of audit.jsonl first"
    }
}
