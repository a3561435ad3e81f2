import Records
import Testing

@testable import Text

struct LexiconFilesTests {
    /// A folder with lexicons in a folder of it, and what is none.
    private func nested() -> Scratch {
        let scratch = Scratch()
        scratch.addFolder("base")
        _ = scratch.file("sentiment.tsv", "0.5\tnice\n")
        _ = scratch.file("base/threats.tsv", "0.5\twatch out\n")
        _ = scratch.file("base/spam.tsv", "0.9\tbuy now\n")
        _ = scratch.file("base/.hidden.tsv", "none")
        _ = scratch.file("base/notes.txt", "none")
        return scratch
    }

    @Test func `lexicons are found in the folder or in those below it, in order`() throws {
        let scratch = nested()
        #expect(try LexiconFiles(in: scratch.folder).categories.isEmpty)
        let files = try LexiconFiles(under: scratch.folder)
        #expect(files.categories == ["spam", "threats"])
        #expect(try LexiconFiles(in: "\(scratch.folder)/base").categories == files.categories)
        #expect(try files.lexicons().map(\.category) == ["spam", "threats"])
        #expect(try files.lexicons { $0 == "threats" }.map(\.entries.count) == [1])
        #expect(throws: Fault.self) { try LexiconFiles(in: "\(scratch.folder)/missing") }
    }

    @Test func `the faults of all lexicons are shown at once`() throws {
        let scratch = nested()
        _ = scratch.file("base/ads.tsv", "no weight\n")
        _ = scratch.file("base/spam.tsv", "2\tbuy now\n")
        let fault = #expect(throws: Fault.self) {
            try LexiconFiles(under: scratch.folder).lexicons()
        }
        #expect(
            fault?.all.map(\.place)
                == ["ads", "spam"].map {
                    .file("\(scratch.folder)/base/\($0).tsv", line: 1)
                })
    }

    @Test func `aliases name lexicons by taxonomy, plain lists before sums`() throws {
        let scratch = Scratch()
        #expect(try LexiconAliases(in: scratch.folder).path == nil)
        _ = scratch.file(
            "aliases.yaml",
            """
            taxonomies:
              mine:
                otherwise: none
                all_of: {both: [spam, threats]}
                categories: {ads: [spam], none: []}
            """)
        let aliases = try LexiconAliases(in: scratch.folder)
        let names = try #require(aliases["mine"])
        #expect(
            names.rules == [
                .init(category: "ads", lexicons: ["spam"]), .init(category: "none", lexicons: []),
                .init(category: "both", lexicons: ["spam", "threats"], needsAll: true),
            ])
        #expect(names.otherwise == "none" && aliases["other"] == nil)
        #expect(names.rules.map { $0.risk([0.3, 0.8]) } == [0.8, 0.8, 0.3])
        #expect(names.rules[0].risk([]) == nil)
        let faults = names.faults(known: ["spam"])
        #expect(faults.map(\.what) == ["there is no lexicon `threats` for `both`"])
        #expect(
            faults.map(\.place) == [
                .file("\(scratch.folder)/aliases.yaml", line: 4, column: 27)
            ])
        #expect(names.faults(known: ["spam"]) { $0 == "ads" }.isEmpty)
    }

    @Test(arguments: [
        ("categories: {}", "the file has no mapping `taxonomies`"),
        ("taxonomies: {t: {categories: {a: spam}}}", "`a` is not a list of lexicons"),
        ("taxonomies: {t: {all_of: {a: [[spam]]}}}", "the name of a lexicon is not a text"),
    ])
    func `what is no list of lexicons is refused`(yaml: String, what: String) {
        let scratch = Scratch()
        _ = scratch.file("aliases.yaml", yaml)
        let fault = #expect(throws: Fault.self) { try LexiconAliases(in: scratch.folder) }
        #expect(fault?.what == what)
    }
}
