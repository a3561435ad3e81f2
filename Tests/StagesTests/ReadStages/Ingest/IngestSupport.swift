import Foundation
import Pipeline
import Records
import Testing

/// Runs `ingest` on one file of a test's.
struct Ingesting {
    let harness: StageHarness

    init() throws { harness = try StageHarness() }

    /// - Parameters:
    ///   - source: Further settings of the source, as the inside of a YAML flow mapping.
    ///   - settings: Settings of the stage, the same way.
    func run(
        _ data: Data, as name: String = "rows.jsonl", source: String = "", settings: String = "",
        head: String = "", jobs: Int = 2, shardRows: Int = 65_536, overrides: [String] = [],
        out: String = "out"
    ) async throws -> StageHarness.Result {
        let path = try harness.write(data, to: name)
        return try await run(
            sources: "- {path: '\(path)'\(source.isEmpty ? "" : ", " + source)}",
            settings: settings, head: head, jobs: jobs, shardRows: shardRows,
            overrides: overrides, out: out)
    }

    func run(
        _ text: String, as name: String = "rows.jsonl", source: String = "",
        settings: String = "", head: String = "", overrides: [String] = []
    ) async throws -> StageHarness.Result {
        try await run(
            Data(text.utf8), as: name, source: source, settings: settings, head: head,
            overrides: overrides)
    }

    func run(
        sources: String, settings: String = "", head: String = "", jobs: Int = 2,
        shardRows: Int = 65_536, overrides: [String] = [], out: String = "out"
    ) async throws -> StageHarness.Result {
        try await harness.run(
            "- {use: ingest\(settings.isEmpty ? "" : ", " + settings)}",
            head: "\(head)\nsources:\n\(sources)", jobs: jobs, shardRows: shardRows,
            givesRecords: false, overrides: overrides, out: out
        ).last
    }

    /// The reasons of refusals, by id, and the places.
    static func reasons(_ result: StageHarness.Result) -> [String: String] {
        result.refused.mapValues(\.reason)
    }
}

/// Two categories, the second a kind of the first.
let twoCategories =
    "taxonomy: {name: two, categories: [{id: spam}, {id: scam, implies: [spam]}]}"
let threeClasses =
    "taxonomy: {name: three, single_label: true, categories: "
    + "[{id: a}, {id: b, merge_into: rest, merge_below_rows: 2}, {id: rest}]}"
