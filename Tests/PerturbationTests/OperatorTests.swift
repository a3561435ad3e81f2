import Records
import Testing

@testable import Perturbation

struct OperatorTests {
    @Test func `the registry has unique kebab-case ids, variants and one summary each`() {
        let ids = Operators.all.map(\.id)
        #expect(Set(ids).count == ids.count && ids.count >= 27)
        for op in Operators.all {
            #expect(op.id.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) })
            #expect(!op.summary.isEmpty && !op.variants.isEmpty)
            #expect(op.chance > 0 && op.chance <= 1 && op.version >= 1)
        }
    }

    @Test func `unknown names and impossible chains are refused with a hint`() throws {
        let perturber = try Samples.perturber()
        do throws(Fault) {
            _ = try Perturber.Step("homoglyf")
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .configuration && error.hint == "did you mean `homoglyph`?")
        }
        #expect(throws: Fault.self) { try Perturber.Step("leet", variant: "mad") }
        #expect(throws: Fault.self) { try Perturber.Step("leet", chance: .nan) }
        #expect(throws: Fault.self) { try perturber.check([]) }
        let leet = try Perturber.Step("leet")
        #expect(throws: Fault.self) { try perturber.check([leet, leet, leet]) }
        let markup = try Perturber.Step("html-entity")
        #expect(throws: Fault.self) { try perturber.check([markup, markup]) }
        #expect(throws: Fault.self) { try Samples.perturber { $0.maximumWordShare = .nan } }
    }

    @Test func `canonical form undoes what a reader sees through`() {
        func fold(_ text: String) -> String {
            let scalars = Fold.collapsed(Fold.skeleton(Array(text.utf8)))
            return String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
        }
        let same = [
            "useless", "us3l3ss", "USELESS", "u.s.e.l.e.s.s", "u s e l e s s", "uselessss",
            "us\u{200B}el\u{AD}ess", "us\u{435}l\u{435}ss", "use\u{301}less", "uséless",
            "u\u{1D42C}eless", "ｕｓｅｌｅｓｓ", "use<b></b>less", "use&#108;ess", "us&#x65;less",
            "us%65less", "use**l**ess", "use[]()less", "us\u{1D07}less",
        ]
        for text in same { #expect(fold(text) == "useles", "\(text)") }
        #expect(fold("слово") != fold("другое"))
    }

    @Test func `salient words are edited seven times in ten where they are one in ten`() throws {
        let perturber = try Samples.perturber { settings in
            settings.salient = WordSet(["hopeless"])
            settings.maximumWordShare = 0.1
        }
        let text =
            "hopeless morning sunlight gardens yellow kitchens purple mountain orchard village"
        let step = try Perturber.Step("zero-width", chance: 1)
        var hits = 0
        for seed in 0..<600 as Range<UInt64> {
            let child = perturber.apply(chain: [step], text: text, seed: seed)
            if let edit = child?.steps[0].edits.first, edit.start < 8 { hits += 1 }
        }
        // 0.7 + 0.3 / 10 = 0.73 of 600.
        #expect((400...475).contains(hits), "\(hits)")
    }

    @Test(
        arguments: [
            "هذا نص عربي للاختبار رقم واحد", "한국어 문장은 이렇게 생겼습니다 정말로",
            "Сегодня прекрасная погода возле озера",
            "你好 世界 这是 一个 测试 句子", "हिन्दी में लिखा हुआ एक वाक्य यहाँ है",
            "שלום עולם זה טקסט "
                + "בעברית ok",
            "Η σημερινή παράσταση ήταν υπέροχη", "ሰላም ለዓለም ሁሉ ይሁን",
        ], ["benign-suffix", "filler"])
    func `English words are put beside texts of Latin letters only`(text: String, id: String)
        throws
    {
        let perturber = try Samples.perturber()
        let step = try Perturber.Step(id)
        for seed in 0..<20 as Range<UInt64> {
            #expect(perturber.apply(chain: [step], text: text, seed: seed) == nil)
            let latin = "The market closes early tomorrow evening because of the festival"
            #expect(perturber.apply(chain: [step], text: latin, seed: seed) != nil)
        }
    }

    @Test func `no operator brings a Latin letter into a text without one`() throws {
        let perturber = try Samples.perturber()
        let texts = Samples.all + ["هذا نص عربي للاختبار رقم واحد", "ქართული ენა არის ლამაზი"]
        // Markup and masks are of Latin letters in any script.
        let folds = [
            "homoglyph", "fancy-font", "html-entity", "url-encode", "phonetic", "leet", "censor",
            "markdown-split",
        ]
        for text in texts where !text.unicodeScalars.contains(where: Self.isLatin) {
            for step in Samples.steps where !folds.contains(step.op.id) {
                for seed in 0..<3 as Range<UInt64> {
                    guard let child = perturber.apply(chain: [step], text: text, seed: seed)
                    else { continue }
                    #expect(
                        !child.text.unicodeScalars.contains(where: Self.isLatin),
                        "\(step.op.id): \(child.text)")
                }
            }
        }
    }

    private static func isLatin(_ scalar: Unicode.Scalar) -> Bool {
        (0x41...0x5A).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
    }

    @Test func `no edit makes another dictionary word or a blocklisted term`() throws {
        let perturber = try Samples.perturber { $0.blocklist = WordSet(["grone", "plack"]) }
        let texts = ["grown stairs board crown place brown", "plackt planks bread friend coast"]
        for op in Operators.all {
            guard case .word = op.action else { continue }
            let step = try Perturber.Step(op.id)
            for text in texts {
                let before = Set(text.split(separator: " "))
                for seed in 0..<60 as Range<UInt64> {
                    let child = perturber.apply(chain: [step], text: text, seed: seed)
                    for word in (child?.text ?? "").split(separator: " ")
                    where !before.contains(word) && !before.contains(Substring(word.lowercased())) {
                        if word.utf8.count < 2 { continue }
                        #expect(!CommonWords.english.contains(String(word)), "\(op.id) \(word)")
                        #expect(!perturber.settings.blocklist.contains(String(word)))
                    }
                }
            }
        }
    }

    @Test func `an edit log that does not fit is refused`() throws {
        let edits = [Edit(start: 2, end: 3, old: "c", new: "k")]
        #expect(try Edits.apply(edits, to: "abcd") == "abkd")
        #expect(try Edits.undo(edits, in: "abkd") == "abcd")
        #expect(throws: Fault.self) { try Edits.undo(edits, in: "abcd") }
        #expect(throws: Fault.self) { try Edits.undo(edits, in: "") }
        for start in [-1, Int.max, Int.min, 99] {
            let wrong = [Edit(start: start, end: start, old: "", new: "x")]
            #expect(throws: Fault.self) { try Edits.apply(wrong, to: "abcd") }
            #expect(throws: Fault.self) { try Edits.undo(wrong, in: "abcd") }
        }
    }

    @Test func `provenance is ASCII JSON with every field`() throws {
        let perturber = try Samples.perturber()
        let chain = [try Perturber.Step("zero-width", chance: 1), try Perturber.Step("leet")]
        let text = Samples.plain[0]
        let child = try #require(
            (0..<20 as Range<UInt64>).lazy.compactMap {
                perturber.apply(chain: chain, text: text, id: "p\"1", seed: $0)
            }.first)
        let json = String(decoding: child.provenanceJSON, as: UTF8.self)
        #expect(json.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        for field in [
            "\"parent_id\":\"p\\\"1\"", "\"parent_sha256\":\"\(SHA256.hash(text).hex)\"",
            "\"op\":\"zero-width\"", "\"edits\":[{\"start\":", "\"chance\":\"1.0\"}",
            "\"n_edits\":", "\"char_frac\":",
            "\"word_frac\":", "\"undo\":\"I\"", "\"norm_recoverable\":false", "\"fold_dist\":0.0",
            "\"gates\":[\"collision\",\"blocklist\",\"legibility\"]", "\"label_policy\":",
        ] {
            #expect(json.contains(field), "\(field)")
        }
        #expect(child.id.utf8.count == 32)
    }

    @Test func `edits stay in the script and case of what they replace`() throws {
        let perturber = try Samples.perturber()
        for id in ["keyboard", "char-sub", "char-insert"] {
            let step = try Perturber.Step(id)
            for seed in 0..<40 as Range<UInt64> {
                let shouted = perturber.apply(
                    chain: [step], text: Samples.plain[0].uppercased(), seed: seed)
                if let shouted { #expect(shouted.text == shouted.text.uppercased()) }
                let russian = perturber.apply(chain: [step], text: Samples.plain[6], seed: seed)
                for edit in russian?.steps[0].edits ?? [] {
                    #expect(
                        edit.new.unicodeScalars.allSatisfy { (0x400...0x52F).contains($0.value) })
                }
            }
        }
        let german = try Samples.perturber { $0.layout = KeyboardLayout(language: "de") }
        #expect(german.settings.layout.neighbours(of: 0x7A).contains(0x74))
        #expect(KeyboardLayout.qwerty.neighbours(of: 0x7A).sorted() == [0x61, 0x73, 0x78])
    }

    /// A change here changes every user's children: raise the operator's version with it.
    @Test(arguments: [
        ("leet", "completely useless", "completely u5ele5s", "7c5955cc45e3f5759297020244abf750"),
        (
            "homoglyph", "completely useless", "cօмpletely useless",
            "0185ea4ba1ea27c48846e6d5e09cc7d8"
        ),
        (
            "char-swap", "completely useless", "compleetly useless",
            "364805ea7c3662a9fe0841245f30b183"
        ),
        (
            "word-join", "completely useless", "completelyuseless",
            "c3cc3c1097b18f0da371bedfddf5d31a"
        ),
    ])
    func `children stay the same from version to version`(
        id: String, old: String, new: String, childID: String
    ) throws {
        func sentence(_ words: String) -> String {
            "You people are \(words) and everyone knows that you never listen"
        }
        let child = try Samples.perturber().apply(
            chain: [Perturber.Step(id)], text: sentence(old), id: "row-1", seed: 42)
        #expect(child?.text == sentence(new))
        #expect(child?.id == childID)
    }
}
