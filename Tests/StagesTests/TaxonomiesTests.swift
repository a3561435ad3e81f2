import Foundation
import Pipeline
import Records
import Testing

@testable import MakeStages
@testable import StageKit

/// The taxonomies and lexicons that the repository ships.
struct TaxonomiesTests {
    private func taxonomy(_ name: String) throws -> Taxonomy {
        let path = ResourceFolder.path("pipelines/taxonomies/\(name).yaml")
        let yaml = """
            name: p
            taxonomy: \(path)
            stages: [{use: given, path: /dev/null}]
            """
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "p.yaml", catalogue: Catalogue([Given.self]))
        return try #require(plan.file.taxonomy)
    }

    @Test func `the eighteen categories have the severities of the reference`() throws {
        let want: [String: Records.Category.Severity] = [
            "csam": .critical, "threats": .critical, "doxxing": .critical, "self_harm": .critical,
            "sextortion": .critical, "ncii": .critical, "trafficking": .critical,
            "predatory_behavior": .critical, "hate_speech": .high, "scam_patterns": .high,
            "law_enforcement": .high, "impersonation": .high, "solicitation": .medium,
            "harassment": .medium, "contact_info": .medium, "adult_content": .medium,
            "spam": .low, "profanity": .low,
        ]
        let categories = try taxonomy("moderation-18").categories
        #expect(categories.count == 18)
        for category in categories {
            #expect(category.severity == want[category.id], "\(category.id)")
        }
    }

    @Test func `a clip of voice-6 may have several labels`() throws {
        let taxonomy = try taxonomy("voice-6")
        #expect(!taxonomy.isSingleLabel)
        let space = LabelSpace(taxonomy: taxonomy)
        func labels(_ scores: [String: Double]) -> [String: Bool] {
            space.labels(from: scores, threshold: 0.5, otherwise: "NoViolation")
        }
        #expect(
            labels(["Profanity": 0.9, "Bullying": 0.7, "Racist": 0])
                == ["Profanity": true, "Bullying": true, "Racist": false, "NoViolation": false])
        #expect(
            labels(["Profanity": 0.1, "Bullying": 0])
                == ["Profanity": false, "Bullying": false, "NoViolation": true])
    }

    @Test func `what the pipeline itself masked is no evidence of any category`() throws {
        let lexicons = try CategoryLexicons(
            folder: ResourceFolder.path("corpora/lexicons"),
            taxonomy: taxonomy("moderation-18"))
        let masks = [
            "[HANDLE]", "[URL]", "[EMAIL]", "[PHONE]", "[CARD]", "[IP]", "[ADDRESS]", "[NAME]",
        ]
        for mask in masks {
            let risks = lexicons.risks(of: "\(mask) lovely sunset tonight \(mask) \(mask)")
            #expect(risks.values.allSatisfy { $0 == 0 }, "\(mask) \(risks)")
        }
        // Words that give a contact still count.
        #expect((lexicons.risks(of: "find me on telegram")["contact_info"] ?? 0) >= 0.5)
    }
}
