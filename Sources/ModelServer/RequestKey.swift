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
        hash.update(Self.hashedForm(body))
        hex = hash.finish().shortHex
    }

    /// Canonical JSON, but for four control characters in strings, which stand as their numbers:
    /// they always did, and another form would be another key, and other texts.
    private static func hashedForm(_ body: JSONValue) -> [UInt8] {
        let canonical = JSONWriter.write(body)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(canonical.count)
        var isEscaped = false
        for byte in canonical {
            guard isEscaped else {
                bytes.append(byte)
                isEscaped = byte == UInt8(ascii: "\\")
                continue
            }
            isEscaped = false
            switch byte {
            case UInt8(ascii: "b"): bytes += "u0008".utf8
            case UInt8(ascii: "t"): bytes += "u0009".utf8
            case UInt8(ascii: "f"): bytes += "u000c".utf8
            case UInt8(ascii: "r"): bytes += "u000d".utf8
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    func draws(_ purpose: String) -> CounterRNG {
        CounterRNG(seed: seed, purpose: "offline server: \(purpose)", id: hex)
    }

    /// A fixed stand-in for the time of creation, in seconds: equal requests get equal bytes, so
    /// there is no clock in it.
    ///
    /// It lies in 2025.
    var created: Int {
        1_735_689_600 + Int(StableHash.hash(hex) % 31_536_000)
    }
}
