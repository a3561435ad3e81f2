import Foundation
import Pipeline
import Records
import Testing

@testable import StageKit

/// Which lexicons speak for a taxonomy, for the label stage as for scan.
struct CategoryLexiconsTests {
    private let taxonomy = Taxonomy(
        name: "mine",
        categories: ["ads", "menace", "both"].map { Category(id: $0, definition: "Text.") })

    /// Two lexicons under `moderation-18`, and aliases for the taxonomy `mine`.
    private func folder(_ harness: StageHarness, _ aliases: String) throws -> String {
        _ = try harness.write("0.9\tbuy now\n", to: "lexicons/moderation-18/spam.tsv")
        _ = try harness.write("0.7\twatch out\n", to: "lexicons/moderation-18/threats.tsv")
        _ = try harness.write(aliases, to: "lexicons/aliases.yaml")
        return "\(harness.folder)/lexicons"
    }

    private func aliases(_ ads: String) -> String {
        """
        taxonomies:
          mine:
            otherwise: menace
            categories: {ads: [\(ads)], menace: [threats]}
            all_of: {both: [spam, threats]}
        """
    }

    @Test func `an alias takes the largest risk, a sum of all the smallest`() throws {
        let harness = try StageHarness()
        let lexicons = try CategoryLexicons(
            folder: try folder(harness, aliases("spam, threats")), taxonomy: taxonomy)
        let both = lexicons.risks(of: "buy now, watch out")
        let one = lexicons.risks(of: "buy now")
        #expect(both["ads"] == max(both["ads"] ?? 0, both["menace"] ?? 0))
        #expect(both["both"] == both["menace"] && one["both"] == one["menace"])
        #expect(one["ads"] == both["ads"] && one["ads"].map { $0 > 0.5 } == true)
        #expect(lexicons.otherwise == "menace")
    }

    @Test func `an alias of a lexicon that is not there is a fault for either stage`() throws {
        let harness = try StageHarness()
        let path = try folder(harness, aliases("spm"))
        for read in [
            { _ = try CategoryLexicons(folder: path, taxonomy: taxonomy) },
            { _ = try LexiconFolder(folder: "\(path)/moderation-18", taxonomy: taxonomy) },
        ] {
            let fault = #expect(throws: Fault.self) { try read() }
            #expect(fault?.what == "there is no lexicon `spm` for `ads`")
            #expect(fault?.hint == "did you mean `spam`?")
        }
    }
}
