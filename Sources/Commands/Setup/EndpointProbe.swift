internal import Records
internal import Remote

extension Checks {
    /// Whether something answers at `baseURL`, by the one request of the protocol that costs
    /// nothing; with what the server tells of itself.
    static func endpoint(_ baseURL: String) async -> Check {
        let probe: ServerProbe
        do throws(Fault) {
            let endpoint = Endpoint(name: "doctor", baseURL: baseURL, model: "any")
            try endpoint.validate()
            probe = try ServerProbe(endpoint)
        } catch {
            return Check(
                .fail, "endpoint",
                [error.what, error.why].compactMap { $0 }.joined(separator: ": "),
                hint: error.hint)
        }
        let start = Machine.seconds()
        do throws(ServerProbe.Silence) {
            let facts = try await probe.facts()
            return answered(baseURL, facts, NumberFormat.seconds(Machine.seconds() - start))
        } catch {
            return Check(
                .fail, "endpoint", "\(baseURL): \(error.reason)",
                hint: "start the server, or look at the address and the network",
                kind: .unavailable)
        }
    }

    private static func answered(_ baseURL: String, _ facts: ServerFacts, _ took: String) -> Check {
        switch facts.status {
        case 200..<300:
            let told = [
                facts.slots.map { NumberFormat.count($0, "slot") },
                facts.contextTokens.map { "a context of \(NumberFormat.count($0, "token"))" },
            ].compactMap { $0 }
            let words = told.isEmpty ? "" : ": \(told.joined(separator: ", "))"
            return Check(.ok, "endpoint", "\(baseURL) answers in \(took)\(words)")
        case 401, 403:
            return Check(
                .ok, "endpoint",
                "\(baseURL) answers in \(took) and asks for a key (\(facts.status))")
        default:
            return Check(
                .warn, "endpoint", "\(baseURL) answers \(facts.status)",
                hint: "a base URL ends with the version, such as /v1")
        }
    }
}
