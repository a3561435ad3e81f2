import Foundation
import Pipeline
import Records
import Testing

@testable import ShowStages

/// The form of the page and of the card.
struct ReportFormTests {
    private func written(_ nodes: [HTMLNode]) -> String {
        var text = ""
        for node in nodes { node.write(to: &text) }
        return text
    }

    @Test func `the policy forbids all but the one style sheet, by its hash`() throws {
        let page = ReportPage(try ReportSamples.data()).html
        let start = try #require(page.range(of: "<style>")).upperBound
        let end = try #require(page.range(of: "</style>")).lowerBound
        let hash = Data(SHA256.hash(String(page[start..<end])).bytes).base64EncodedString()
        let policy = try #require(
            page.components(separatedBy: "http-equiv=\"Content-Security-Policy\" content=\"")
                .dropFirst().first?.components(separatedBy: "\"").first)
        #expect(
            policy.replacingOccurrences(of: "&#39;", with: "'")
                == "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; "
                + "form-action 'none'")
        // The policy stands before the sheet, and no element has a style of its own.
        #expect(try #require(page.range(of: "Content-Security-Policy")).upperBound < start)
        #expect(!page.contains(" style=") && !page.contains(#/ on[a-z]+=/#))
    }

    @Test(arguments: [
        ("no code", "no code"), ("set `a: b` now", "set <code>a: b</code> now"),
        ("`x`", "<code>x</code>"), ("one ` only", "one ` only"),
        ("a `b` c ` d", "a <code>b</code> c ` d"),
        ("`<b>`", "<code>&lt;b&gt;</code>"), ("", ""), ("``", ""),
    ])
    func `what stands between backticks is code`(text: String, html: String) {
        #expect(written(HTMLNode.prose(text)) == html)
    }

    @Test func `notes and gates show no backtick`() throws {
        var data = try ReportSamples.data()
        data.stages[0].notes = ["`single_label: false` keeps them unknown"]
        let judged = try #require(data.stages.firstIndex { !$0.gates.isEmpty })
        data.stages[judged].gates[0].detail = "give `x`"
        data.metrics?.remarks = ["No positive in test, so not measured: `spam`."]
        let page = ReportPage(data).html
        #expect(!page.contains("`"))
        #expect(page.contains("<code>single_label: false</code>"))
        let card = DatasetCard(data).markdown
        #expect(card.contains("not measured: `spam`."))
    }

    @Test func `every cell of a table is named by its head`() throws {
        let page = ReportPage(try ReportSamples.data()).html
        #expect(page.contains("<td class=\"n\" data-label=\"AUPRC\">"))
        #expect(page.contains("<td class=\"key\" data-label=\"Category\">spam</td>"))
        #expect(page.contains("class=\"chart wide\"") && page.contains("class=\"chart narrow\""))
        #expect(!page.contains("word-break") && !page.contains("overflow-wrap:anywhere"))
    }

    @Test func `the card names the model behind the vectors and the tuned thresholds`() throws {
        var data = try ReportSamples.data()
        data.embedding = EmbeddingModel(model: "all-MiniLM-L6-v2", dimensions: 384)
        data.metrics?.categories[1].isTuned = false
        data.metrics?.categories[1].threshold = 0.5
        let card = DatasetCard(data).markdown
        #expect(card.contains("sentence embeddings of all-MiniLM-L6-v2, 384 dimensions"))
        #expect(card.contains("| 0.510 |") && card.contains("| 0.500 (not tuned) |"))
        #expect(ReportPage(data).html.contains("Vectors: all-MiniLM-L6-v2, 384 dimensions."))
    }

    @Test func `languages add up to the rows`() throws {
        var data = try ReportSamples.data()
        data.composition.languages = ["en": 26_000, "de": 500, "fr": 20, "un": 10]
        let all = data.composition.allLanguages
        #expect(all["undetermined"] == 27_369 - 26_520)
        #expect(all.values.reduce(0, +) == data.composition.rows.total)
        let card = DatasetCard(data).markdown
        for line in ["| en | 26,000 |", "| de | 500 |", "| undetermined | 849 |", "| other | 20 |"]
        {
            #expect(card.contains(line), "\(line)")
        }
        data.composition.languages = [:]
        #expect(!DatasetCard(data).markdown.contains("undetermined"))
    }

    @Test func `a category without a known 0 has no figures, on the page and in the card`() throws {
        var data = try ReportSamples.data()
        let given = data.metrics?.categories ?? []
        data.metrics?.categories = given.prefix(1).map { category in
            var category = category
            category.gate = .noKnownZero
            category.test.negatives = 0
            (category.f1, category.precision, category.recall) = (nil, nil, nil)
            (category.averagePrecision, category.rocAUC, category.f1Interval) = (nil, nil, nil)
            return category
        }
        data.metrics?.macroPresent = nil
        data.metrics?.micro = nil
        #expect(ReportPage(data).html.contains("no known 0"))
        let card = DatasetCard(data).markdown
        #expect(card.contains("| – | – | – | – | – | 0.510 | 120 | 0 | not judged: no known 0 |"))
        #expect(!card.contains("Macro-F1"))
    }

    @Test func `a histogram draws the first outlier's distance, or the margins where they judged`()
        throws
    {
        let file = """
            {"by":"margin","bin_width":0.01,"distances_from":0,"margins_from":-2,"categories":{
            "spam":{"threshold":-1.985,"distances":[1,2],"margins":[4,5,6]}}}
            """
        let histogram = try #require(DistanceHistogram.read(Array(file.utf8)).first)
        #expect(histogram.counts == [4, 5, 6] && histogram.low == -2 && histogram.isMargin)
        #expect(histogram.threshold == -1.985)
        let drawing = written([Charts.histogram(histogram)])
        #expect(drawing.contains("class=\"gate\"") && drawing.contains("Margins of spam"))
        let without = DistanceHistogram(category: "x", counts: [1, 2], low: 0, high: 0.02)
        #expect(!written([Charts.histogram(without)]).contains("class=\"gate\""))
    }
}
