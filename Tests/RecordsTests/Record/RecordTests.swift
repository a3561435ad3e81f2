import Testing

@testable import Records

/// A record of random content: every key set or not, hostile text included.
func randomRecord(seed: UInt64) -> Record {
    var draws = CounterRNG(seed: seed, purpose: "record")
    let pieces = [
        "a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "漢", "👩‍👩‍👧", "\u{2028}", "\u{202E}", "\u{FEFF}",
        "\u{7F}", "\u{85}", "{{ x }}", "</script>", "\u{200B}", " ",
    ]
    func text() -> String {
        (0..<draws.below(12)).map { _ in draws.pick(pieces) ?? "" }.joined()
    }
    func maybe() -> String? { draws.chance(0.5) ? text() : nil }
    var record = Record(id: "r\(seed)" + text(), text: text())
    for _ in 0..<draws.below(4) { record.labels["c" + text()] = draws.chance(0.5) }
    record.provenance = Provenance(
        source: draws.pick(Provenance.Source.allCases) ?? .corpus, category: maybe(),
        parentID: maybe(), rootID: maybe(), setID: maybe(), template: maybe(), model: maybe(),
        reply: maybe(), operators: draws.chance(0.3) ? Array(#"[{"op":"leet"}]"#.utf8) : nil,
        labelledBy: maybe())
    record.metadata = Array(#"{"z":1.10,"a":[1,{"b":null}],"n":12345678901234567890123}"#.utf8)
    return record
}

struct RecordTests {
    @Test func `a record read back is the record written, for every kind of content`() throws {
        var parser = RecordParser()
        for seed in 0..<300 as Range<UInt64> {
            let record = randomRecord(seed: seed)
            let line = record.json
            #expect(!line.contains(UInt8(ascii: "\n")))
            #expect(try parser.parse(line) == record)
            #expect(try parser.parse(line).json == line)
        }
    }

    @Test func `metadata passes through byte for byte`() throws {
        var parser = RecordParser()
        let line = #"{"id":"1","text":"t","labels":{"b":0,"a":1},"metadata": { "x" : 1.0e2 } }"#
        let record = try parser.parse(Array(line.utf8))
        #expect(String(decoding: record.metadata, as: UTF8.self) == #"{ "x" : 1.0e2 }"#)
        #expect(record.labels.known.map(\.category) == ["a", "b"])
        #expect(record.labels["b"] == false)
        #expect(record.labels["c"] == nil)
    }

    @Test(arguments: [
        #"{"id":"1"}"#, #"{"id":"","text":"x"}"#, #"{"id":1,"text":"x"}"#, "", "[]", "7",
        #"{"id":"1","text":"x","labels":{"a":2}}"#, #"{"id":"1","text":"x","labels":{"a":true}}"#,
        #"{"id":"1","text":"x","id":"2"}"#, #"{"id":"1","text":"x"} trailing"#,
        #"{"id":"1","text":"x","metadata":{"a":tru}}"#, #"{"id":"1","text":"x","metadata":[]}"#,
        #"{"id":"1","text":"x","extra":1}"#,
        #"{"id":"1","text":"x","metadata":{"a":NaN}}"#, #"{"id":"1","text":"x""#,
        #"{"id":"1","text":"x","provenance":{"source":"moon"}}"#,
        #"{"id":"1","text":"x","provenance":{"source":"corpus","who":"me"}}"#,
    ])
    func `a line that is not a record is refused with bad data`(line: String) {
        var parser = RecordParser()
        #expect { try parser.parse(Array(line.utf8)) } throws: { ($0 as? Fault)?.kind == .badData }
    }

    @Test func `derived identifiers separate sources, contents and occurrences`() {
        let ids = [
            RecordIdentifier.derived(source: "a", content: "b"),
            RecordIdentifier.derived(source: "ab", content: ""),
            RecordIdentifier.derived(source: "a", content: "b", occurrence: 1),
            RecordIdentifier.child(of: "a", stage: "b", index: 0, text: "c"),
            RecordIdentifier.child(of: "a", stage: "b", index: 0, text: "d"),
        ]
        #expect(Set(ids).count == 5)
        #expect(ids.allSatisfy { $0.utf8.count == 32 })
    }

    @Test func `deeply nested input is an error, not a crash`() {
        var parser = RecordParser()
        let deep = String(repeating: "[", count: 200_000)
        let line = #"{"id":"1","text":"x","metadata":{"a":"# + deep
        #expect(throws: Fault.self) { try parser.parse(Array(line.utf8)) }
    }
}

struct TaxonomyTests {
    @Test func `implied parents are found through several generations`() {
        let taxonomy = Taxonomy(
            name: "t",
            categories: [
                Category(id: "hate/threatening", implies: ["hate"]),
                Category(id: "hate", implies: ["harm"]), Category(id: "harm"),
            ])
        #expect(taxonomy.closure(of: "hate/threatening") == ["hate/threatening", "hate", "harm"])
    }

    @Test(arguments: ["csam", "sexual/minors", "Sexual-Minors", "minor_sexual", "CSAM"])
    func `no file can allow synthesis about minors`(id: String) {
        #expect(Category(id: id, synthesis: .allow).synthesis == .deny)
    }

    @Test(arguments: ["sexual", "spam", "hate/threatening", "minor_spelling"])
    func `other categories follow their file`(id: String) {
        #expect(Category(id: id, synthesis: .allow).synthesis == .allow)
    }
}
