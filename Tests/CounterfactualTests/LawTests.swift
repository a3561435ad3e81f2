import Foundation
import Records
import Testing

@testable import Counterfactual

struct LawTests {
    @Test(arguments: [0, 3] as [UInt64])
    func `every gate of balance holds after any number of whole rounds`(seed: UInt64) throws {
        let generator = try Corpus.generator { $0.seed = seed }
        let groups = generator.subjects.filter { $0.kind == .group }
        var axes: [String: String] = [:]
        for group in groups { axes[group.conceptID] = group.axis }
        var report = BalanceReport()
        for index in 0..<groups.count * 24 { report.add(generator.set(index)) }
        #expect(report.failures(axes: axes) == [])
        for group in groups { #expect(report.undesiredShare(ofGroup: group.conceptID) == 0.5) }
        let identity = Set(
            groups.flatMap { $0.sg.lowercased().split(separator: " ").map(String.init) })
        for token in report.strongestTokens(1_000) where identity.contains(token.token) {
            // A group stands in as many undesired rows as safe ones, and undesired rows are 2 of
            // 8: no group's token leans to undesired by more than ln 3. Bridge objects lower it.
            #expect(token.logOdds < 1.11, "\(token)")
        }
    }

    @Test func `uses of a group, predicate and frame differ by at most one, at any length`() throws
    {
        let generator = try Corpus.generator { $0.seed = 5 }
        let groups = generator.subjects.filter { $0.kind == .group }.count
        for rounds in [1, 7, 40, 173] {
            var triples: [String: [String: Int]] = [:]
            var singles: [String: Int] = [:]
            var identities: [String: Int] = [:]
            var objects: [String: Int] = [:]
            for index in 0..<rounds * groups {
                let set = generator.set(index)
                for row in set.rows {
                    switch row.cell {
                    case .gn:
                        triples[row.subjectConcept, default: [:]][
                            row.predicate + "/" + row.template, default: 0] += 1
                        singles[row.subjectConcept, default: 0] += 1
                    case .hn: identities[row.subjectConcept, default: 0] += 1
                    case .on: objects[row.subjectConcept, default: 0] += 1
                    default: break
                    }
                }
            }
            #expect(singles.count == groups && Set(singles.values) == [rounds])
            #expect(Set(identities.values) == [rounds])
            #expect((objects.values.max() ?? 0) - (objects.values.min() ?? 0) <= 1)
            for counts in triples.values { #expect((counts.values.max() ?? 0) <= 1) }
        }
    }

    @Test func `paired rows differ in one slot and what agrees with it`() throws {
        let generator = try Corpus.generator { $0.seed = 9 }
        var surfaces: [String: [String]] = [:]
        for subject in generator.subjects {
            let article = subject.article == "none" ? "" : subject.article + " "
            surfaces[subject.conceptID] = [subject.pl ?? subject.sg, article + subject.sg]
        }
        var texts: [String: String] = [:]
        for predicate in generator.predicates { texts[predicate.id] = predicate.text }
        let verbs = [
            "are": "BE", "is": "BE", "have": "HAVE", "has": "HAVE", "do": "DO", "does": "DO",
        ]
        let pronouns = ["they": "PRO", "it": "PRO"]
        for index in 0..<1_500 {
            let set = generator.set(index)
            func skeleton(_ row: ContrastRow, blank: (subject: Bool, predicate: Bool)) -> [String] {
                var text = row.text.lowercased()
                if blank.subject {
                    for surface in (surfaces[row.subjectConcept] ?? []).reversed() {
                        text = text.replacingOccurrences(of: surface.lowercased(), with: "#")
                    }
                }
                if blank.predicate {
                    text = text.replacingOccurrences(of: texts[row.predicate] ?? "?", with: "#")
                }
                return text.replacingOccurrences(of: ".", with: " .").split(separator: " ").map {
                    verbs[String($0)] ?? pronouns[String($0)] ?? String($0)
                }
            }
            for pair in set.pairs {
                let (one, other) = (set.rows[pair.first], set.rows[pair.second])
                let blank = pair.kind == .predicate ? (false, true) : (true, false)
                #expect(skeleton(one, blank: blank) == skeleton(other, blank: blank))
                #expect(one.text != other.text)
                #expect((pair.kind == .predicate) == (one.subjectConcept == other.subjectConcept))
                #expect((pair.kind == .predicate) == (one.predicate != other.predicate))
                if pair.kind == .identity { #expect(one.isUndesired == other.isUndesired) }
            }
            for row in set.rows {
                #expect(!row.text.contains("{") && !row.text.contains("  "))
                #expect(ArticleLint.errors(in: row.text).isEmpty, "\(row.template)")
                #expect(row.isUndesired == (row.cell == .gn || row.cell == .hn))
            }
        }
    }

    @Test func `set k is the same wherever it is asked for, and other seeds give others`() throws {
        let one = try Corpus.generator()
        let two = try Corpus.generator()
        let other = try Corpus.generator { $0.seed = 1 }
        let listed = Array(one.sets.prefix(300))
        var ids = Set<String>()
        for index in (0..<300).reversed() {
            let set = two.set(index)
            #expect(set.rows.map(\.text) == listed[index].rows.map(\.text))
            #expect(set.setID == listed[index].setID && set.setID.utf8.count == 32)
            ids.insert(set.setID)
        }
        #expect(ids.count == 300)
        #expect(other.set(0).rows.map(\.text) != one.set(0).rows.map(\.text))
        #expect(one.set(1_000_000_000).rows.count == 8)
    }

    @Test func `labels are a vector by category, and a cell without a label is unknown`() throws {
        let generator = try Corpus.generator {
            $0.categories = [
                .hate(), .init("harassment", undesired: [.in], safe: [.op, .gp]),
            ]
            $0.cells = [.gn, .gp, .on, .op, .in]
        }
        let rows = generator.set(3).rows
        #expect(rows.map(\.cell) == [.gn, .gp, .on, .op, .in])
        #expect(rows[0].labels == [CategoryLabel(category: "hate", isUndesired: true)])
        #expect(
            rows[4].labels == [
                CategoryLabel(category: "harassment", isUndesired: true),
                CategoryLabel(category: "hate", isUndesired: false),
            ])
        #expect(throws: Fault.self) { try Corpus.generator { $0.cells = [.op] } }
        #expect(throws: Fault.self) {
            try CounterfactualGenerator(templates: [], predicates: [], subjects: [])
        }
    }

    @Test func `verbs and pronouns agree with the subject`() throws {
        let template = try Template(
            id: "t", text: "{S:cap} {be} here, {they} {have} come and {they} {do} {P}.")
        var bytes: [UInt8] = []
        func sentence(_ name: String) throws -> String {
            let subject = try #require(
                Corpus.subjects().first { $0.conceptID == name }, "\(name)")
            return template.render(
                Surface(subject, number: .pl), Array("seem odd".utf8), into: &bytes)
        }
        #expect(
            try sentence("muslims") == "Muslims are here, they have come and they do seem odd.")
        #expect(
            try sentence("name-anna") == "Anna is here, they have come and they do seem odd.")
    }

    /// Speed, in release: `CURATE_BENCH=1 swift test -c release --filter Counterfactual`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CURATE_BENCH"] != nil))
    func `makes a million rows a second`() throws {
        let generator = try Corpus.generator()
        let clock = ContinuousClock()
        var bytes = 0
        let sets = 60_000
        let time = clock.measure {
            for index in 0..<sets {
                for row in generator.set(index).rows { bytes += row.text.utf8.count }
            }
        }
        print("counterfactual: \(Double(sets * 8) / (time / .seconds(1))) rows/s, \(bytes) bytes")
    }
}
