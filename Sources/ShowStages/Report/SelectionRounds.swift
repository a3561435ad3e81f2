internal import FoundationEssentials

/// The content of `summary.json`, which `select` writes: what the rounds of picking found.
struct SelectionRounds: Codable, Sendable, Equatable {
    struct Found: Codable, Sendable, Equatable {
        var round: Int
        /// random, highest, threshold or uncertainty.
        var pipeline: String
        var category: String
        var picked: Int
        var labelled: Int
        var positive: Int
        /// 0...1, as all shares; absent where nothing is labelled.
        var share: Double?
        var shareLow: Double?
        var shareHigh: Double?
        var randomShare: Double?
        /// What the share of a random draw is of: `picks` at random, or the `given` labels.
        var randomOf: String?
        var timesRandom: Double?
        var timesLow: Double?
        var timesHigh: Double?
    }

    /// That the last run picked for, from 1.
    var round: Int
    var rounds: [Found]

    /// Nil for bytes that are no such file.
    init?(_ file: [UInt8]) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let found = try? decoder.decode(SelectionRounds.self, from: Data(file)) else {
            return nil
        }
        self = found
    }
}
