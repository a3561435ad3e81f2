internal import Records
internal import StageKit
internal import Vectors

/// Which flagged labels a person looks at, and what follows from what was seen.
struct Audit: Sendable {
    struct Outcome: Sendable {
        /// Labels drawn for the audit.
        var drawn = 0
        /// Those of them decided to be correct or wrong.
        var decided = 0
        var wrong = 0
        /// Whether all flagged labels of the category go back to be labelled.
        var relabelsAll = false

        var wrongShare: Double? { decided > 0 ? Double(wrong) / Double(decided) : nil }

        /// Where the share of wrong ones among all flagged labels lies with 95 % confidence.
        var interval: WilsonInterval? { WilsonInterval(successes: wrong, of: decided) }

        /// Whether fewer labels are decided than the rule takes for enough.
        var isTooSmall = false
    }

    /// One a category.
    let outcomes: [Outcome]
    /// Sentences for the user.
    let notes: [String]

    /// Marks the audited verdicts.
    init(
        _ verdicts: inout Verdicts, categories: [String], ids: IdentifierColumn,
        decisions: Decisions,
        settings: MislabelSettings, seed: UInt64
    ) {
        let flagged = verdicts.flagged(categories: categories.count)
        var outcomes = [Outcome](repeating: Outcome(), count: categories.count)
        var notes: [String] = []
        var drawn: [Set<Int>] = []
        for (category, rows) in flagged.enumerated() {
            let count =
                settings.auditRows < 1
                ? Int((settings.auditRows * Double(rows.count)).rounded(.up))
                : Int(settings.auditRows)
            let rule = AuditRule(
                limit: settings.auditLimit, auditedRows: max(1, count),
                leastAudited: min(settings.auditLeast, rows.count))
            let auditSample =
                count == 0 || rows.isEmpty
                ? []
                : rule.auditSample(
                    of: rows.map { Int($0) }, category: categories[category], seed: seed)
            drawn.append(Set(auditSample))
            var outcome = Outcome(drawn: auditSample.count)
            for row in auditSample {
                switch decisions[ids[row], categories[category]]?.decision {
                case .correct: outcome.decided += 1
                case .wrong:
                    outcome.decided += 1
                    outcome.wrong += 1
                case .unsure, nil: break
                }
            }
            outcome.relabelsAll = rule.relabelsAll(
                audited: outcome.decided, mislabelled: outcome.wrong)
            outcome.isTooSmall = outcome.decided < rule.leastAudited
            outcomes[category] = outcome
            if outcome.decided > 0 {
                notes.append(Self.sentence(categories[category], outcome, rows.count))
            }
        }
        for at in verdicts.all.indices where verdicts.all[at].flag != .none {
            let verdict = verdicts.all[at]
            verdicts.all[at].isAudited = drawn[Int(verdict.category)].contains(Int(verdict.row))
        }
        self.outcomes = outcomes
        self.notes = notes
    }

    private static func sentence(_ category: String, _ outcome: Outcome, _ flagged: Int) -> String {
        let share =
            outcome.interval.map {
                " (with 95 % confidence \(percent($0.low)) to \(percent($0.high)) of the flagged)"
            } ?? ""
        let consequence =
            if outcome.relabelsAll {
                "so all \(NumberFormat.number(flagged)) flagged ones go back to be labelled"
            } else if outcome.isTooSmall {
                "too few of them to judge all: only those decided to be wrong go back"
            } else {
                "so only those decided to be wrong go back"
            }
        return
            "\(category): \(NumberFormat.number(outcome.wrong)) of "
            + "\(NumberFormat.number(outcome.decided)) "
            + "audited labels are wrong\(share), \(consequence)"
    }

    private static func percent(_ share: Double) -> String {
        "\(Int((share * 100).rounded())) %"
    }
}
