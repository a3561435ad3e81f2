import Foundation
import Records

@testable import Counterfactual

/// The committed templates and subjects.
enum Corpus {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func templates() throws -> [Template] {
        try Ingredients.templates(
            yaml: read("templates/counterfactual/frames.yaml"), file: "frames.yaml")
    }

    static func predicates() throws -> [Counterfactual.Predicate] {
        try Ingredients.predicates(
            yaml: read("templates/counterfactual/predicates.yaml"), file: "predicates.yaml")
    }

    static func subjects() throws -> [Subject] {
        let folder = root.appendingPathComponent("corpora/subjects").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap {
            try Ingredients.subjects(yaml: read("corpora/subjects/\($0)"), file: $0)
        }
    }

    static func generator(
        _ change: (inout CounterfactualSettings) -> Void = { _ in }
    ) throws -> CounterfactualGenerator {
        var settings = CounterfactualSettings()
        change(&settings)
        return try CounterfactualGenerator(
            templates: templates(), predicates: predicates(), subjects: subjects(),
            settings: settings)
    }
}
