import Records
import Testing

@testable import Counterfactual

struct IngredientsTests {
    @Test func `the committed lexicons hold what a balanced set needs`() throws {
        let subjects = try Corpus.subjects()
        let groups = subjects.filter { $0.kind == .group }
        let axes = Set(groups.compactMap(\.axis)).sorted()
        #expect(axes.count == 7)
        for axis in axes {
            let own = groups.filter { $0.axis == axis }
            #expect(own.count >= 12, "\(axis)")
            #expect(Set(own.compactMap(\.polarityStatus)) == ["majority", "minority"])
        }
        #expect(subjects.filter { $0.kind.isObject }.count >= 60)
        #expect(subjects.filter { $0.kind == .bridgeObject }.count >= 20)
        #expect(subjects.filter { $0.kind == .nonprotectedGroup }.count >= 24)
        #expect(subjects.filter { $0.kind == .individual }.count >= 24)
        #expect(Set(subjects.map(\.conceptID)).count == subjects.count)
        let predicates = try Corpus.predicates()
        #expect(predicates.filter { $0.pool.isNegative }.count >= 40)
        #expect(predicates.filter { !$0.pool.isNegative }.count >= 40)
        let ids = Set(predicates.map(\.id))
        #expect(subjects.flatMap(\.incompatiblePredicates).allSatisfy(ids.contains))
        #expect(try Corpus.templates().count >= 8)
    }

    @Test func `stored articles agree with the sound of their words`() throws {
        for subject in try Corpus.subjects() where subject.article != "none" {
            let errors = ArticleLint.errors(in: "\(subject.article) \(subject.sg)")
            #expect(errors.isEmpty, "\(subject.conceptID)")
        }
        for good in ["an hour", "a university", "a European", "an 18-year-old", "an HIV-positive"] {
            #expect(ArticleLint.errors(in: good).isEmpty, "\(good)")
        }
        for bad in ["a excellent", "an table", "a hour", "an Ukrainian", "a 80-year-old"] {
            #expect(!ArticleLint.errors(in: bad).isEmpty, "\(bad)")
        }
    }

    @Test(
        arguments: [
            ("{S:capp} {be} {P}.", "unknown form `capp` of slot `S`", 1, "did you mean `cap`?"),
            ("{S} {bee} {P}.", "unknown slot `bee`", 5, "did you mean `be`?"),
            ("{S} {be}.", "the template has no predicate", 0, "add a slot `{P}`"),
            ("{be} {P}.", "the template has no subject", 0, "add a slot `{S}`"),
            ("{S {be} {P}.", "unknown slot `S {be`", 1, nil),
            ("{S} {be} {P", "a slot has no closing brace", 9, nil),
            ("{S} } {P}", "a closing brace has no slot", 4, nil),
            ("{S|nom=pl} {be} {P}", "unknown feature `nom=pl` of slot `S`", 1, nil),
            ("{S|num=two} {be} {P}", "`num` cannot be `two`", 1, nil),
            ("{S:a} {be} {P}", "form `a` needs the feature `num=sg`", 1, nil),
        ] as [(String, String, Int, String?)])
    func `a faulty template says what, where and what was meant`(
        text: String, what: String, offset: Int, hint: String?
    ) {
        do throws(Fault) {
            _ = try Template(id: "t", text: text, file: "f.yaml", line: 7, column: 12)
            Issue.record("accepted \(text)")
        } catch {
            #expect(error.what == what)
            #expect(error.place == .file("f.yaml", line: 7, column: 12 + offset))
            if let hint { #expect(error.hint == hint) }
        }
    }

    @Test func `faults of a file come together, with line and column`() {
        let yaml = """
            subjects:
              - {concept_id: x, type: grup, sg: "x", article: "a"}
              - {concept_id: y, type: object, sg: "y", article: "the", colour: red}
              - {concept_id: y, type: object, article: "a"}
            """
        do throws(Fault) {
            _ = try Ingredients.subjects(yaml: yaml, file: "s.yaml")
            Issue.record("accepted")
        } catch {
            let faults = error.all
            #expect(faults.map(\.what).contains("`type` cannot be `grup`"))
            #expect(faults.map(\.what).contains("unknown key `colour`"))
            #expect(faults.map(\.what).contains("`article` cannot be `the`"))
            #expect(faults.map(\.what).contains("a row has no `sg`"))
            #expect(faults.map(\.what).contains("the subject `y` stands twice"))
            #expect(faults[0].place == .file("s.yaml", line: 2, column: 27))
            #expect(faults[0].hint == "did you mean `group`?")
        }
        for bad in ["", "- a", "subjects: 3", "subjects: [1]", "{", "templates: []\nx: 1"] {
            #expect(throws: Fault.self) { try Ingredients.subjects(yaml: bad, file: "x") }
        }
    }

    @Test func `null is no text, whatever it is written as`() {
        let yaml = """
            predicates:
              - {id: a, text: ~, pos: adj, pool: neutral}
              - {id: b, text: null, pos: adj, pool: neutral}
            """
        let fault = #expect(throws: Fault.self) {
            try Ingredients.predicates(yaml: yaml, file: "p.yaml")
        }
        #expect(fault?.all.contains { $0.what == "`text` is not a text" } == true)
    }

    @Test func `a template's fault stands at its place in the YAML file`() {
        let yaml = """
            templates:
              - id: a
                ver: 1
                text: "{S} {ist} {P}."
            """
        do throws(Fault) {
            _ = try Ingredients.templates(yaml: yaml, file: "t.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.place == .file("t.yaml", line: 4, column: 17))
        }
    }
}
