internal import Records

/// What an answer is a function of: the seed and the request's body, without the fields that say
/// only how the answer travels or who asks.
///
/// Member order and white space do not count.
struct RequestKey {
    private static let transportFields: Set<String> = [
        "stream", "stream_options", "user", "metadata", "store", "service_tier",
        "safety_identifier", "prompt_cache_key",
    ]

    private let seed: UInt64
    let hex: String

    init(_ seed: UInt64, _ body: JSONValue) {
        self.seed = seed
        var body = body
        if case .object(let members) = body {
            body = .object(members.filter { !Self.transportFields.contains($0.key) })
        }
        var hash = SHA256()
        hash.update("\(seed)\n")
        hash.update(body.bytes)
        hex = hash.finish().shortHex
    }

    func draws(_ purpose: String) -> Draws {
        Draws(seed: seed, purpose: "offline server: \(purpose)", id: hex)
    }

    /// A fixed stand-in for the time of creation, in seconds: equal requests get equal bytes, so
    /// there is no clock in it.
    ///
    /// It lies in 2025.
    var created: Int {
        1_735_689_600 + Int(StableHash.hash(hex) % 31_536_000)
    }
}
