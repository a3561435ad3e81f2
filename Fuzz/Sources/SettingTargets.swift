@testable internal import ModelServer
@testable internal import Pipeline
@testable internal import Prompts
@testable internal import Records
@testable internal import Stages

extension Target {
    /// Readers of what users write: pipelines, taxonomies, prompts, grammars.
    static var settings: [Target] {
        [
            Target(name: "pipeline") {
                return { bytes in
                    let yaml = String(decoding: bytes, as: UTF8.self)
                    accepted { () throws(Fault) in
                        try PipelinePlan.parse(
                            yaml: yaml, path: "fuzz.yaml", catalogue: Stages.catalogue)
                    }
                }
            },
            Target(name: "taxonomy") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    let taxonomy = accepted { () throws(Fault) in try TaxonomyFile.read(file.path) }
                    for category in taxonomy?.categories ?? [] {
                        law(
                            taxonomy?.closure(of: category.id).contains(category.id) == true,
                            "a category implies itself")
                    }
                }
            },
            Target(name: "template") {
                return { bytes in
                    let source = String(decoding: bytes, as: UTF8.self)
                    let template = accepted { () throws(Fault) in
                        try PromptTemplate(source: source, file: "fuzz.jinja")
                    }
                    guard let template else { return }
                    for scalar in [
                        PromptValue.untrusted("a {{ b }} {# role: system #}"), .number(3),
                    ] {
                        let values = template.variables.map { ($0.name, value($0, scalar)) }
                        accepted { () throws(Fault) in
                            try template.render(Dictionary(values, uniquingKeysWith: { $1 }))
                        }
                    }
                }
            },
            Target(name: "grammar") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    let grammar = accepted { () throws(Fault) in
                        let read = try GrammarFile(file.path)
                        return (read.roots, try GrammarBuilder.build(read, shared: nil))
                    }
                    guard let (roots, grammar) = grammar else { return }
                    for root in roots.prefix(4) {
                        var draws = CounterRNG(seed: 1, purpose: "fuzz", id: root)
                        let text = grammar.text(root, draws: &draws, given: ["topic": "tea"])
                        law(text != nil, "a root that the file names can be expanded")
                    }
                }
            },
            Target(name: "injection") {
                let file = try InputFile()
                return { bytes in
                    file.fill(bytes)
                    accepted { () throws(Fault) in try Injection.read(file.path) }
                }
            },
        ]
    }

    /// A value of the form that the template declares, or of the other that it may be.
    private static func value(
        _ variable: PromptTemplate.Variable, _ scalar: PromptValue
    ) -> PromptValue {
        if variable.fields.isEmpty { return scalar }
        let fields = variable.fields.map { ($0.name, scalar) }
        return .list([.fields(Dictionary(fields, uniquingKeysWith: { $1 }))])
    }
}
