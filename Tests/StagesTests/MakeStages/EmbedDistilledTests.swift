import Foundation
import GRDB
import Pipeline
import Records
import Testing

/// `distil: static`, on a tiny model with the files of a real one.
struct EmbedDistilledTests {
    private static let model = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("EncoderTests/Golden/Models/bert-plain").path
    private let stage = "- {use: embed, model: '\(model)', distil: static}"

    private func records(_ count: Int) -> [Records.Record] {
        var draws = CounterRNG(seed: 3, purpose: "distilled")
        let words = ["the", "cat", "is", "a", "to", "and", "on", "of", "in", "it", "you", "for"]
        return (0..<count).map { number in
            let text = (0..<draws.below(9)).map { _ in draws.pick(words) ?? "" }
            return Records.Record(id: "r\(number)", text: text.joined(separator: " "))
        }
    }

    @Test func `a distilled model gives the same bytes however rows are cut`() async throws {
        try await StageHarness(records(60)).checkShardCuts(stage)
    }

    @Test func `the loss is measured against the model itself, and said`() async throws {
        let harness = try StageHarness(records(60))
        let result = try await harness.run(stage).last
        let file = try #require(result.content["model.json"])
        let json = try JSONSerialization.jsonObject(with: file) as? [String: Any]
        let about = try #require(json)
        #expect(about["model"] as? String == "bert-plain, distilled")
        #expect(about["compared_texts"] as? Int == 60)
        let correlation = try #require(about["cosine_correlation"] as? Double)
        #expect(correlation > 0.1 && correlation < 1)
        #expect(result.stage.notes.contains { $0.contains("cosines correlate with the model's") })
        let counted = try #require(number("cosine_correlation", result))
        #expect(abs(counted - correlation) < 1e-12)
        // By the vectors of either model as their stages write them.
        let (own, teacher) = (
            try matrix(result),
            try matrix(try await harness.run("- {use: embed, model: '\(Self.model)'}").last)
        )
        for row in 0..<60 { #expect(abs(cosine(own, (row, row)) - 1) < 1e-4) }
        let pairs = (0..<60).flatMap { one in (0..<one).map { (one, $0) } }
        let (x, y) = (pairs.map { cosine(own, $0) }, pairs.map { cosine(teacher, $0) })
        let (mx, my) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
        let (sxy, sxx, syy) = zip(x, y).reduce((0.0, 0.0, 0.0)) { sums, pair in
            let (dx, dy) = (pair.0 - mx, pair.1 - my)
            return (sums.0 + dx * dy, sums.1 + dx * dx, sums.2 + dy * dy)
        }
        #expect(abs(sxy / (sxx * syy).squareRoot() - correlation) < 1e-4)
    }

    private func matrix(_ result: StageHarness.Result) throws -> Matrix {
        try NumpyFile.read("\(result.stage.folder)/embeddings.npy")
    }

    private func cosine(_ matrix: Matrix, _ pair: (Int, Int)) -> Double {
        let (one, other) = (
            matrix.withRow(pair.0) { Array($0) }, matrix.withRow(pair.1) { Array($0) }
        )
        return zip(one, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    @Test func `the table is made once, kept in the workspace, and made anew where it is damaged`()
        async throws
    {
        let harness = try StageHarness(records(20))
        let fresh = try await harness.run(stage).last
        let path = "\(harness.folder)/out/curate.sqlite"
        // A table of 2,048 bytes a token is the longest entry by far.
        func longest() async throws -> (rows: Int, created: Int64) {
            let database = try DatabaseQueue(path: path)
            defer { try? database.close() }
            return try await database.read { db in
                let row = try #require(
                    try Row.fetchOne(
                        db,
                        sql: """
                            SELECT count(*), max(created) FROM vectors WHERE length(vector) > 10000
                            """))
                return (row[0], row[1])
            }
        }
        let made = try await longest()
        #expect(made.rows == 1)
        let more = try await harness.run(stage, records: records(30)).last
        #expect(more.kept.count == 30)
        #expect(try await longest() == made, "the second night takes the table that is there")
        let database = try DatabaseQueue(path: path)
        try await database.write { db in
            try db.execute(
                sql: """
                    UPDATE vectors SET vector = zeroblob(length(vector))
                    WHERE length(vector) > 10000
                    """)
        }
        try database.close()
        try FileManager.default.removeItem(atPath: "\(harness.folder)/out/test")
        let again = try await harness.run(stage).last
        #expect(again.content == fresh.content)
        let uncached = try await harness.run(
            "- {use: embed, model: '\(Self.model)', distil: static, cache: false}", out: "other"
        ).last
        #expect(uncached.content == fresh.content)
    }

    @Test func `no rows and one row are embedded too`() async throws {
        for count in [0, 1] {
            let result = try await StageHarness(records(count)).run(
                stage + "\n- {use: dedupe, semantic: {threshold: 0.9}}")
            #expect(try result.last.kept.count == count)
            #expect(number("compared_texts", result.stages[1]) == Double(count))
        }
    }

    @Test(arguments: [
        ("distil: static, prefix: 'query: '", "excludes"),
        ("distil: static, prompt: query", "excludes"),
        ("distil: static, endpoint: {model: m}", "this machine"),
        ("dimensions: 8", "distil: static"),
        ("distil: static, dimensions: 4096", "longer than"),
        ("distil: dynamic", "one of none, static"),
    ])
    func `settings that mean nothing together are refused`(settings: String, word: String)
        async throws
    {
        do {
            _ = try await StageHarness(records(1)).run(
                "- {use: embed, model: '\(Self.model)', \(settings)}")
            Issue.record("accepted: \(settings)")
        } catch {
            #expect("\(error)".contains(word), "\(error)")
        }
    }
}
