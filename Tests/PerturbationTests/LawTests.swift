import Records
import Testing

@testable import Perturbation

/// What holds for every operator, variant, text and seed.
struct LawTests {
    @Test(arguments: Operators.all.map(\.id))
    func `a child's log restores its parent byte for byte, and the bytes outside edits stay`(
        id: String
    ) throws {
        let perturber = try Samples.perturber()
        for step in Samples.steps where step.op.id == id {
            for (number, text) in Samples.all.enumerated() {
                for seed in 0..<4 as Range<UInt64> {
                    guard
                        let child = perturber.apply(
                            chain: [step], text: text, id: "\(number)", seed: seed)
                    else { continue }
                    #expect(try child.undone().utf8.elementsEqual(text.utf8))
                    let edits = child.steps[0].edits
                    #expect(!edits.isEmpty)
                    #expect(child.text != text || !child.text.utf8.elementsEqual(text.utf8))
                    let redone = try Edits.apply(edits, to: text)
                    #expect(redone.utf8.elementsEqual(child.text.utf8))
                    #expect(zip(edits, edits.dropFirst()).allSatisfy { $0.end <= $1.start })
                }
            }
        }
    }

    @Test(arguments: Operators.all.map(\.id))
    func `edits begin and end between graphemes`(id: String) throws {
        let perturber = try Samples.perturber()
        for step in Samples.steps where step.op.id == id {
            for text in Samples.all {
                var borders: Set<Int> = [text.utf8.count]
                for index in text.indices {
                    borders.insert(text.utf8.distance(from: text.startIndex, to: index))
                }
                for seed in 0..<3 as Range<UInt64> {
                    let child = perturber.apply(chain: [step], text: text, seed: seed)
                    for edit in child?.steps[0].edits ?? [] {
                        #expect(borders.contains(edit.start) && borders.contains(edit.end))
                    }
                }
            }
        }
    }

    @Test(arguments: Operators.all.map(\.id))
    func `budgets hold`(id: String) throws {
        let perturber = try Samples.perturber()
        for step in Samples.steps where step.op.id == id {
            guard case .word = step.op.action else { continue }
            let bounds = step.op.bounds
            for text in Samples.all {
                let passage = TokenizedText(Array(text.utf8), perturber.settings)
                let eligible = EditPlan.eligible(passage, bounds).words
                for seed in 0..<4 as Range<UInt64> {
                    guard let child = perturber.apply(chain: [step], text: text, seed: seed)
                    else { continue }
                    let edits = child.steps[0].edits
                    let words = passage.words.filter { word in
                        edits.contains { $0.start >= word.start && $0.end <= word.end }
                    }
                    #expect(words.count <= max(1, eligible.count * 30 / 100))
                    #expect(words.count <= bounds.maximumWords)
                    #expect(words.allSatisfy { !$0.isProtected })
                    #expect(words.allSatisfy { $0.letters >= bounds.minimumLetters })
                    let touched = edits.reduce(0) { $0 + max(1, $1.old.unicodeScalars.count) }
                    if case .whole = bounds.perWord {
                        let letters = words.map(\.letters)
                        #expect(
                            letters.reduce(0, +)
                                <= max(passage.letterCount * 15 / 100, 0) + (letters.max() ?? 0))
                    } else {
                        #expect(touched <= max(1, passage.letterCount * 15 / 100))
                        for word in words {
                            let own = edits.filter { $0.start >= word.start && $0.end <= word.end }
                            let cost = own.reduce(0) { $0 + max(1, $1.old.unicodeScalars.count) }
                            #expect(cost <= bounds.limit(word.letters))
                            if bounds.keepsEnds {
                                #expect(own.allSatisfy { $0.start > word.start })
                            }
                        }
                    }
                    if let limit = bounds.foldDistance {
                        #expect(child.steps[0].foldDistance <= limit)
                    }
                }
            }
        }
    }

    @Test(arguments: Operators.all.map(\.id))
    func `protected spans, stop words and negators stay`(id: String) throws {
        let perturber = try Samples.perturber {
            $0.phrases = Phrases(["Selfish CLOWNS", "ständig"])
        }
        for step in Samples.steps where step.op.id == id {
            for seed in 0..<6 as Range<UInt64> {
                func outcome(_ text: String) -> String {
                    perturber.apply(chain: [step], text: text, seed: seed)?.text ?? text
                }
                for (text, spans) in zip(Samples.protected, Samples.spans) {
                    let result = outcome(text)
                    for span in spans { #expect(result.contains(span)) }
                }
                #expect(outcome(Samples.plain[0]).contains("never"))
                #expect(outcome(Samples.plain[1]).contains("selfish clowns"))
                #expect(outcome(Samples.plain[4]).contains("ständig"))
            }
        }
    }

    @Test func `the same inputs give the same child, and other seeds, ids and variants others`()
        throws
    {
        let perturber = try Samples.perturber()
        for op in Operators.all {
            let step = try Perturber.Step(op.id)
            var different = Set<String>()
            for variant in 0..<12 {
                let one = perturber.apply(
                    chain: [step], text: Samples.huge, id: "x", seed: 7, variant: variant)
                let two = perturber.apply(
                    chain: [step], text: Samples.huge, id: "x", seed: 7, variant: variant)
                #expect(one?.text == two?.text)
                if let one { different.insert(one.text) }
                if let one, variant == 0 {
                    #expect(
                        perturber.verify(one, chain: [step], text: Samples.huge, id: "x", seed: 7))
                    #expect(
                        !perturber.verify(one, chain: [step], text: Samples.huge, id: "x", seed: 8))
                }
            }
            if ["diacritic-strip"].contains(op.id) { continue }
            #expect(different.count > 3, "\(op.id)")
        }
    }

    @Test func `chains undo through every step`() throws {
        let perturber = try Samples.perturber()
        for first in Operators.all {
            for second in ["leet", "zero-width", "word-join", "char-drop", "html-entity"] {
                let chain = [try Perturber.Step(first.id), try Perturber.Step(second)]
                for text in Samples.plain + Samples.protected {
                    guard let child = perturber.apply(chain: chain, text: text, seed: 3)
                    else { continue }
                    #expect(child.steps.count == 2)
                    #expect(try child.undone().utf8.elementsEqual(text.utf8))
                }
            }
        }
    }

    @Test func `every operator has something to do in an ordinary text`() throws {
        let perturber = try Samples.perturber()
        let texts =
            Samples.plain + [
                "People definitely believe the government because of the weird message"
            ]
        for step in Samples.steps {
            var made = 0
            for text in texts {
                for seed in 0..<8 as Range<UInt64> {
                    let child = perturber.apply(chain: [step], text: text, seed: seed)
                    if child != nil { made += 1 }
                }
            }
            #expect(made > 0, "\(step.op.id)/\(step.op.variants[step.variant])")
        }
    }
}
