import Testing

@testable import Commands

/// What a plan says of a workspace and of a budget.
@Suite struct PlanTests {
    private static func pipeline(_ folder: TestFolder, _ settings: String = "") throws -> String {
        try folder.writePipeline(extra: "  - {use: consult\(settings)}\n")
    }

    @Test func `stages that a run would take over cost nothing more`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        let out = "\(folder.path)/out"
        let before = await curate("plan", file, "-o", out, in: folder)
        #expect(before.out.hasPrefix("stage    rows  calls  prompt tokens"))
        _ = await curate("run", file, "-o", out, in: folder)
        let after = await curate("plan", file, "-o", out, in: folder)
        #expect(
            after.out == """
                stage    rows  calls  stored  prompt tokens  answer tokens   money
                read       12      0       0              0              0  0.0000
                shorten     8      3       3          1,000            200  0.0123
                double     16      0       0              0              0  0.0000
                consult    16     16      16            160              0  0.0016
                judge      16      0       0              0              0  0.0000

                about 19 calls, 1,360 tokens and 0.0139 of money; 19 of the calls are answered \
                already, which leaves about 0 calls, 0 tokens and 0.0000 of money
                shorten: reads every text

                """)
        let dry = await curate("run", file, "--dry-run", "-o", out, in: folder)
        #expect(dry.out == after.out)
        let changed = await curate(
            "plan", file, "-o", out, "--set", "stages.shorten.bytes=10", in: folder)
        #expect(changed.out.contains("shorten    12      3       ?"))
    }

    @Test func `a budget that is too small says where the run will stop`() async throws {
        let folder = try TestFolder()
        let few = try Self.pipeline(folder, ", most_calls: 6")
        let said = await curate("plan", few, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 0)
        #expect(
            said.out.contains(
                "consult: foreseen about 16 calls, budget 6 calls a day (4 calls left): "
                    + "the run will stop at about 25 % and exit 75\n"))
        let none = try Self.pipeline(folder, ", most_calls: 2")
        #expect(
            await curate("plan", none, "-o", "\(folder.path)/out", in: folder).out
                .contains("the run will stop at the first call and exit 75\n"))
        let enough = try Self.pipeline(folder, ", most_calls: 18")
        #expect(
            await !curate("plan", enough, "-o", "\(folder.path)/out", in: folder).out
                .contains("budget"))
    }
}
