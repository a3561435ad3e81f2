internal import Pipeline
internal import Records

/// What stages would ask of one endpoint, beside its budget.
struct BudgetForecast {
    private var stages: [String] = []
    private var calls = 0
    private var tokens = 0
    private var microunits: Int64 = 0
    private let limits: AskingLimits

    private init(_ limits: AskingLimits) { self.limits = limits }

    /// An endpoint with a budget each, in the order of the stages.
    static func all(_ forecast: Forecast) -> [BudgetForecast] {
        var list: [BudgetForecast] = []
        for (name, plan) in forecast.stages {
            guard let limits = plan.limits else { continue }
            let place =
                list.firstIndex { $0.limits.endpoint == limits.endpoint } ?? list.endIndex
            if place == list.endIndex { list.append(BudgetForecast(limits)) }
            list[place].stages.append(name)
            list[place].calls += plan.left.calls
            list[place].tokens += plan.left.tokens
            list[place].microunits += plan.left.microunits
        }
        return list
    }

    /// How the run will end for the scarcest of the limits; nil when all are enough.
    var warning: String? {
        let parts = [
            part(limits.calls, limits.spentCalls, calls) { NumberFormat.count($0, "call") },
            part(limits.tokens, limits.spentTokens, tokens) { NumberFormat.count($0, "token") },
            part(
                limits.microunits.map(Int.init), Int(limits.spentMicrounits), Int(microunits)
            ) { "\(NumberFormat.money(Int64($0))) of money" },
        ]
        guard let (share, words) = parts.compactMap({ $0 }).min(by: { $0.share < $1.share }) else {
            return nil
        }
        let end =
            share == 0
            ? "the run will stop at the first call"
            : "the run will stop at about "
                + "\(Int(share * 100)) %"
        return "\(stages.joined(separator: ", ")): \(words): \(end) and exit 75"
    }

    /// One limit that is not enough, and the part of what is foreseen that it is enough for.
    private func part(
        _ limit: Int?, _ spent: Int, _ foreseen: Int, _ words: (Int) -> String
    ) -> (share: Double, words: String)? {
        guard let limit, foreseen > max(0, limit - spent) else { return nil }
        var text =
            "foreseen about \(words(foreseen)), budget \(words(limit)) \(limits.period)"
        if spent > 0 { text += " (\(words(max(0, limit - spent))) left)" }
        return (Double(max(0, limit - spent)) / Double(foreseen), text)
    }
}
