import Foundation
import Pipeline
import Records
import Testing

@testable import ShowStages

struct ReportPageTests {
    @Test(arguments: ReportSamples.hostile)
    func `whatever a text holds, it is read back as text`(text: String) throws {
        var page = ""
        HTMLNode.of("p", ["title": text], text).write(to: &page)
        let invisible: (Unicode.Scalar) -> Bool = {
            ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || (0x7F...0x9F).contains($0.value)
                || (0x202A...0x202E).contains($0.value)
        }
        var plain = ""
        for scalar in text.unicodeScalars {
            plain.unicodeScalars.append(invisible(scalar) ? "\u{FFFD}" : scalar)
        }
        #expect(try WellFormedXML.check(page) == plain + "\n")
    }

    @Test(arguments: 0..<50)
    func `any bytes stay text`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "page")
        let alphabet = Array("<>&\"'/=! ab\n\u{0}\u{1F}\u{85}é\u{10FFFF}".unicodeScalars)
        var text = ""
        for _ in 0..<draws.below(80) {
            text.unicodeScalars.append(alphabet[draws.below(alphabet.count)])
        }
        var page = ""
        HTMLNode.of("b", ["a": text, "c": text], [.text(text), .of("i", [:], text)]).write(
            to: &page)
        let letters = text.filter { "<>&\"'/=! ab\né".contains($0) }
        #expect(
            try WellFormedXML.check(page).filter { $0 != "\u{FFFD}" && $0 != "\u{10FFFF}" }
                == letters + letters)
    }

    @Test func `the reader of XML finds what is broken`() {
        for page in [
            "<a>", "<a></b>", "<a b=c></a>", "<a>&</a>", "<a x=\"1\" x=\"2\"/>", "</a>",
            "<a>\u{1}</a>",
        ] {
            #expect(throws: WellFormedXML.Broken.self) { try WellFormedXML.check(page) }
        }
    }

    @Test func `the page is well-formed and shows its numbers`() throws {
        let page = ReportPage(try ReportSamples.data()).html
        let text = try WellFormedXML.check(page)
        for number in [
            "24,783 read + 7,162 added = 27,369 kept + 4,576 refused", "nothing was lost",
            "duplicate_near 1,873", "Macro-F1 0.861", "AP 0.841", "+0.021", "5.0 %", "−353 refused",
            "too few rows", "curate-offline-grammar-1 (not a language model)",
            // Label health and the noise matrix, calibration, groups and the baseline.
            "95.7 %", "963", "37", "4 of 10 wrong (95 % 17 to 69 %), all flagged ones go back",
            "not judged: too few rows", "0.061", "0.035", "0.211", "0.432", "0.199", "0.917",
            "+4.3", "23.5 %", "0.877", "+0.012 (−0.005 to +0.029)", "−0.032", "69 further ones",
        ] {
            #expect(text.contains(number), "\(number)")
        }
        #expect(!page.contains("<script"))
        for outside in ["src=", "href=", "@import", "url("] { #expect(!page.contains(outside)) }
    }

    @Test func `no id of a row of a weak group is shown`() throws {
        #expect(!ReportPage(try ReportSamples.data()).html.contains("id-of-a-row"))
    }

    @Test func `a noise matrix of many categories is a list of its largest cells`() throws {
        var data = try ReportSamples.data()
        let names = (10..<50).map { "c\($0)" }
        let entries = names.map { name in
            let others = names.filter { $0 != name }.map { "\"\($0)\":1" }
            return """
                "\(name)":{"rows":900,"positives":100,"unsupported":false,"flagged":1,
                "contradictions":0,"decided":0,"wrong":0,"relabel_all":false,
                "likely_others":{\(others.joined(separator: ","))}}
                """
        }
        data.labelHealth = LabelHealth(Array("{\(entries.joined(separator: ","))}".utf8))
        let text = try WellFormedXML.check(ReportPage(data).html)
        #expect(text.contains("1,530 further pairs are in summary.json"))
        #expect(LabelHealth([1, 2]) == nil)
    }

    @Test func `rounds of picking are a table beside a random draw`() throws {
        var data = try ReportSamples.data()
        let text = try WellFormedXML.check(ReportPage(data).html)
        for words in [
            "Selection in rounds", "the rows that no round picked", "317", "50.0 %",
            "42.3 to 57.7", "6.3 %", "8.0", "5.4 to 11.9",
        ] {
            #expect(text.contains(words), "\(words)")
        }
        data.rounds?.rounds = []
        #expect(!ReportPage(data).html.contains("Selection in rounds"))
        #expect(SelectionRounds([1, 2]) == nil)
    }

    @Test func `equal data are equal bytes, and nothing at all is a page too`() throws {
        #expect(try ReportPage(ReportSamples.data()).html == ReportPage(ReportSamples.data()).html)
        let nothing = ReportData(
            settings: ReportSettings(title: nil, licence: "", languages: [], description: ""),
            pipeline: "p", taxonomy: nil, stages: [], composition: Composition())
        #expect(try WellFormedXML.check(ReportPage(nothing).html).contains("rows released"))
        #expect(DatasetCard(nothing).markdown.hasPrefix("---\npretty_name: \"p\"\n"))
    }

    @Test(arguments: ReportSamples.hostile)
    func `hostile names break neither the page nor the card`(name: String) throws {
        var data = try ReportSamples.data()
        data.settings.title = name
        data.settings.description = name
        data.settings.licence = name
        data.pipeline = name
        data.composition.positives[name] = data.composition.positives["spam"]
        data.composition.models = [name: [name: 3]]
        data.composition.templates[name] = 1
        data.rounds = SelectionRounds(ReportSamples.rounds(category: name))
        data.curves[0].category = name
        data.distances[0].category = name
        data.stages[0].stage = name
        data.stages[0].notes = [name]
        data.stages[0].settings = [name: name]
        try WellFormedXML.check(ReportPage(data).html)
        let card = DatasetCard(data).markdown
        #expect(!card.contains("<script") && !card.contains("\u{202E}"))
        let front = try #require(card.dropFirst(4).components(separatedBy: "\n---\n").first)
        let node = try YAMLNode.parse(yaml: front, file: "README.md")
        #expect(node["pretty_name"]?.content == .scalar(name))
        #expect(node["license"].map { $0.content == .scalar(name) } ?? name.isEmpty)
        #expect(node["configs"] != nil)
        let rows = card.split(separator: "\n").filter { $0.hasPrefix("| ") }
        #expect(rows.count > 20)
    }

    @Test func `bars are as long as their numbers say`() throws {
        let chart = Charts.stackedBar(
            [(30, "train", "train"), (10, "test", "test")], most: 80, width: 240)
        var svg = ""
        chart.write(to: &svg)
        #expect(svg.contains("<rect x=\"0\" y=\"1\" width=\"90\""))
        #expect(svg.contains("<rect x=\"90\" y=\"1\" width=\"30\""))
    }

    /// Set CURATE_SAMPLE_PAGE to a path to look at the sample in a browser.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CURATE_SAMPLE_PAGE"] != nil))
    func `the sample page is written for a person to look at`() throws {
        let path = ProcessInfo.processInfo.environment["CURATE_SAMPLE_PAGE"] ?? ""
        let data = try ReportSamples.data()
        try Data(ReportPage(data).html.utf8).write(to: URL(fileURLWithPath: path))
        try Data(DatasetCard(data).markdown.utf8).write(to: URL(fileURLWithPath: path + ".md"))
    }
}
