internal import Pipeline
internal import Records

/// What generation prompts draw their variety from: one pool a key of templates/ingredients.yaml.
struct IngredientPools: Sendable {
    /// The file's key → the template's variable, in the order of the draws.
    private static let keys = [
        ("topics", "topic"), ("narrators", "narrator"), ("times", "when"), ("kinds", "kind"),
        ("levels", "level"), ("must_contain", "must_contain"),
        ("must_not_contain", "must_not_contain"),
    ]

    private var pools: [(variable: String, entries: [String])] = []

    /// - Parameters:
    ///   - mustContain: Instead of the file's, unless empty; likewise `mustNotContain`.
    init(
        file: String, mustContain: [String], mustNotContain: [String], platforms: [String]
    ) throws(Fault) {
        let node = try YAMLNode.read(file)
        let reader = SettingsReader(node)
        for (key, variable) in Self.keys {
            var entries = reader.strings(key, [], help: "")
            if key == "must_contain", !mustContain.isEmpty { entries = mustContain }
            if key == "must_not_contain", !mustNotContain.isEmpty { entries = mustNotContain }
            if !entries.isEmpty { pools.append((variable, entries)) }
        }
        if !platforms.isEmpty { pools.append(("platform", platforms)) }
        reader.finish()
        if let fault = Fault.combined(reader.faults) { throw fault }
    }

    /// One entry of every pool.
    func draw(_ draws: inout CounterRNG) -> [String: String] {
        var result: [String: String] = [:]
        for pool in pools { result[pool.variable] = draws.pick(pool.entries) }
        return result
    }
}
