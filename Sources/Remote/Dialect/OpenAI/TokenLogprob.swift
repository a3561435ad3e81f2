internal import Records

/// How likely a model held a token of its answer.
public struct TokenLogprob: Sendable, Equatable {
    /// One token that could have stood there.
    public struct Candidate: Sendable, Equatable {
        public var token: String
        /// Natural logarithm, at most 0.
        public var logprob: Double

        public init(token: String, logprob: Double) {
            self.token = token
            self.logprob = logprob
        }
    }

    /// The one that was taken.
    public var chosen: Candidate
    /// The likeliest, most likely first; may be more or fewer than were asked for.
    public var likeliest: [Candidate]

    public init(chosen: Candidate, likeliest: [Candidate]) {
        self.chosen = chosen
        self.likeliest = likeliest
    }
}

extension TokenLogprob {
    /// Reads the `logprobs` of a choice; nil where there are none or one cannot be read.
    static func list(_ value: JSONValue) -> [TokenLogprob]? {
        guard let items = value["content"]?.array else { return nil }
        var result: [TokenLogprob] = []
        result.reserveCapacity(items.count)
        for item in items {
            guard let chosen = candidate(item) else { return nil }
            // Servers sort them or not (llama_cpp.server 0.3.36 adds the chosen one at the end).
            let others = (item["top_logprobs"]?.array ?? []).compactMap(candidate)
            let sorted = others.enumerated().sorted {
                ($1.element.logprob, $0.offset) < ($0.element.logprob, $1.offset)
            }
            result.append(TokenLogprob(chosen: chosen, likeliest: sorted.map(\.element)))
        }
        return result
    }

    private static func candidate(_ value: JSONValue) -> Candidate? {
        guard let token = value["token"]?.string, let logprob = value["logprob"]?.double,
            logprob.isFinite
        else { return nil }
        // Rounding makes some servers write a little more than certainty.
        return Candidate(token: token, logprob: min(0, logprob))
    }
}
