internal import Records

/// Why a row was picked: what `picks.jsonl` says of it and the file of labels keeps.
struct PickOrigin: Portable, Hashable {
    /// The way that picked the row first: random, highest, threshold or uncertainty.
    let pipeline: String
    /// The category that it was picked for; nil at random.
    let category: String?
    /// The score in that category, 0...1; nil at random.
    let score: Double?
    /// From 1.
    let round: Int

    init(pipeline: String, category: String?, score: Double?, round: Int) {
        self.pipeline = pipeline
        self.category = category
        self.score = score
        self.round = round
    }

    /// Nil for an object that is not about a pick.
    init?(_ line: JSONValue) {
        guard let round = line["round"]?.integer, round > 0,
            let pipeline = line["pipeline"]?.string
        else { return nil }
        self.init(
            pipeline: pipeline, category: line["category"]?.string,
            score: line["score"]?.double, round: round)
    }

    /// Appends the members `score`, `pipeline`, `category` and `round`.
    func add(to line: inout JSONObject) {
        line["score"] = score.map { .number($0) } ?? .null
        line["pipeline"] = .string(pipeline)
        line["category"] = category.map { .string($0) } ?? .null
        line["round"] = .integer(round)
    }

    func write(to bytes: inout PortableWriter) {
        pipeline.write(to: &bytes)
        category.write(to: &bytes)
        score.write(to: &bytes)
        round.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        pipeline = try String(from: &bytes)
        category = try String?(from: &bytes)
        score = try Double?(from: &bytes)
        round = try Int(from: &bytes)
    }
}
