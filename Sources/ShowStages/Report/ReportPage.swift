internal import FoundationEssentials
internal import Pipeline
internal import Records
internal import StageKit

/// `report.html`: one file, no script, nothing from outside.
struct ReportPage {
    let data: ReportData

    init(_ data: ReportData) { self.data = data }

    var html: String {
        var page = "<!doctype html>\n"
        document.write(to: &page)
        return page + "\n"
    }

    private var document: HTMLNode {
        let sections = [
            flow, rows, metrics, curves, calibration, groups, comparison, counterfactual, ablation,
            shortcuts, distances, quality, labelHealth, rounds, origin, stages,
        ]
        var body: [HTMLNode] = [.of("h1", [:], data.title), lead, tiles]
        body += sections.compactMap { $0 }
        body.append(footer)
        return .of(
            "html", ["lang": "en"],
            [
                .of(
                    "head", [:],
                    [
                        .of("meta", ["charset": "utf-8"]),
                        .of(
                            "meta",
                            [
                                "http-equiv": "Content-Security-Policy", "content": Self.policy,
                            ]),
                        .of(
                            "meta",
                            [
                                "name": "viewport",
                                "content": "width=device-width, initial-scale=1",
                            ]),
                        .of("title", [:], "\(data.title) – curate report"),
                        .style(ReportStyle.sheet),
                    ]),
                .of("body", [:], [.of("main", [:], body)]),
            ])
    }

    /// Nothing is loaded, run, sent or framed; the one style sheet is known by its hash (Content
    /// Security Policy Level 3, section 2.3.1).
    static let policy: String = {
        let digest = SHA256.hash(ReportStyle.sheet.text)
        let hash = Data(digest.bytes).base64EncodedString()
        return "default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; form-action 'none'"
    }()

    private var lead: HTMLNode {
        let words = data.settings.description
        return .of(
            "p", ["class": "lead"],
            words.isEmpty ? "How this dataset was made, and what is in it." : words)
    }

    private var tiles: HTMLNode {
        let composition = data.composition
        var tiles = [
            (NumberFormat.number(composition.rows.total), "rows released"),
            ("\(data.categories.count)", data.categories.count == 1 ? "category" : "categories"),
            (
                DecimalFormat.percent(composition.syntheticRows, of: composition.rows.total),
                "synthetic rows"
            ),
            (NumberFormat.number(data.totals.refused), "rows refused"),
        ]
        if let macro = data.metrics?.macroPresent {
            tiles.append((DecimalFormat.fixed(macro.f1, 3), "macro-F1 on test"))
        }
        // Only those that judge quality: a balanced design says nothing of what a model learns.
        let gates = data.stages.filter { $0.use == "evaluate" }.flatMap(\.gates)
            .filter { $0.name.hasPrefix("f1 ") }
        if data.metrics != nil {
            let passed = gates.filter(\.passed).count
            tiles.append(
                gates.isEmpty
                    ? ("0 of \(data.categories.count)", "categories judged by the gate")
                    : ("\(passed) of \(gates.count)", "categories pass the gate"))
        }
        return .of(
            "div", ["class": "tiles"],
            tiles.map { number, words in
                .of(
                    "div", ["class": "tile"],
                    [.of("b", [:], number), .of("span", [:], words)])
            })
    }

    private var footer: HTMLNode {
        let tool = data.stages.last?.tool ?? "curate"
        return .of(
            "footer", [:],
            "Made by \(tool) from the pipeline “\(data.pipeline)”. No text of a row is shown."
        )
    }
}

/// The parts that sections are made of.
extension ReportPage {
    static func section(_ title: String, _ content: [HTMLNode]) -> HTMLNode {
        .of("section", [:], [.of("h2", [:], title)] + content)
    }

    /// - Parameter numeric: which columns are numbers, set to the right.
    static func table(_ heads: [String], numeric: Set<Int> = [], _ rows: [[HTMLNode]]) -> HTMLNode {
        let head = HTMLNode.of(
            "tr", [:],
            heads.enumerated().map { index, text in
                .of("th", numeric.contains(index) ? ["class": "n"] : [:], text)
            })
        // Where the page is narrow, a row is a block whose cells are named by their labels.
        let body = rows.map { cells in
            HTMLNode.of(
                "tr", [:],
                cells.enumerated().map { index, cell in
                    index < heads.count && !heads[index].isEmpty
                        ? cell.with("data-label", heads[index]) : cell
                })
        }
        return .of(
            "div", ["class": "scroll"],
            [.of("table", [:], [.of("thead", [:], [head]), .of("tbody", [:], body)])])
    }

    static func number(_ value: Int) -> HTMLNode {
        .of("td", ["class": "n"], NumberFormat.number(value))
    }

    static func number(_ value: Double?, _ digits: Int = 3) -> HTMLNode {
        .of("td", ["class": "n"], value.map { DecimalFormat.fixed($0, digits) } ?? "–")
    }

    static func key(_ text: String) -> HTMLNode { .of("td", ["class": "key"], text) }
    static func words(_ text: String) -> HTMLNode { .of("td", ["class": "words"], text) }
    static func words(_ nodes: [HTMLNode]) -> HTMLNode { .of("td", ["class": "words"], nodes) }
    static func chip(_ text: String) -> HTMLNode { .of("span", ["class": "chip"], text) }

    static func legend(_ entries: [(class: String, name: String)]) -> HTMLNode {
        .of(
            "div", ["class": "legend"],
            entries.map { entry in
                .of(
                    "span", [:],
                    [
                        SVG.drawing(
                            width: 11, height: 11, title: "", class: "key",
                            [SVG.box(0, 0, 11, 11, class: entry.class)]),
                        .text(entry.name),
                    ])
            })
    }
}
