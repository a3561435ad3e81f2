internal import Pipeline
internal import Records

/// The pipeline as a picture, a double bar a stage.
///
/// The upper half is what came in and was added, the lower half what was kept and refused. Both
/// halves are equally long, which is the conservation law; a band carries what was kept to the
/// next stage.
struct SankeyDiagram: Sendable {
    /// In a drawing's units, one to a CSS pixel at full width.
    let width: Double
    /// Where the bars begin, and how far they and their numbers lie below the top of a row.
    let left: Double
    let barTop: Double
    let barWidth: Double
    let rowHeight: Double
    /// Of the style sheet, which shows one of the two.
    let style: String
    private let half = 13.0

    /// The stage's name beside its bars, for a page wider than 960 pixels.
    static let wide = SankeyDiagram(
        width: 900, left: 190, barTop: 0, barWidth: 430, rowHeight: 50, style: "chart wide")
    /// The stage's name above its bars.
    static let narrow = SankeyDiagram(
        width: 440, left: 26, barTop: 24, barWidth: 240, rowHeight: 76, style: "chart narrow")

    func draw(_ stages: [Manifest]) -> HTMLNode {
        let most = stages.map { $0.counts.input + $0.counts.added }.max() ?? 0
        let scale = most == 0 ? 0 : barWidth / Double(most)
        var shapes: [HTMLNode] = []
        for (index, stage) in stages.enumerated() {
            let top = 8 + Double(index) * rowHeight
            if index + 1 < stages.count {
                shapes.append(band(stage.counts, stages[index + 1].counts, top, scale))
            }
            shapes.append(row(stage, number: index + 1, top, scale))
        }
        return SVG.drawing(
            width: width, height: 8 + Double(stages.count) * rowHeight,
            title: "Rows through the stages", class: style, shapes)
    }

    private func row(
        _ stage: Manifest, number: Int, _ top: Double, _ scale: Double
    ) -> HTMLNode {
        let counts = stage.counts
        var shapes: [HTMLNode] = [
            SVG.text("\(number)", 16, top + 17, class: "faint", anchor: "end"),
            SVG.text(SVG.short(stage.stage, barTop > 0 ? 48 : 20), 26, top + 17, class: "name"),
        ]
        let top = top + barTop
        let came = Double(counts.input) * scale
        let kept = Double(counts.kept) * scale
        shapes.append(
            SVG.box(left, top, came, half, class: "in", title: "in \(counts.input)"))
        shapes += part(counts.added, after: came, y: top, scale, class: "added", name: "added")
        shapes.append(
            SVG.box(left, top + half + 1, kept, half, class: "kept", title: "kept \(counts.kept)"))
        shapes += part(
            counts.refused, after: kept, y: top + half + 1, scale, class: "refused",
            name: "refused")
        let right = left + barWidth + 18
        shapes.append(
            SVG.text("\(NumberFormat.number(counts.kept)) kept", right, top + 11, class: "strong"))
        var changes: [String] = []
        if counts.added > 0 { changes.append("+\(NumberFormat.number(counts.added)) added") }
        if counts.refused > 0 { changes.append("−\(NumberFormat.number(counts.refused)) refused") }
        if changes.isEmpty { changes.append(counts.input == 0 ? "no rows" : "unchanged") }
        shapes.append(
            SVG.text(changes.joined(separator: " · "), right, top + 26, class: "faint"))
        return .of("g", [:], shapes)
    }

    /// A coloured end of a bar, at least 2 wide, so that a single row can be seen.
    private func part(
        _ rows: Int, after start: Double, y: Double, _ scale: Double, class: String, name: String
    ) -> [HTMLNode] {
        if rows == 0 { return [] }
        return [
            SVG.box(
                left + start, y, max(2, Double(rows) * scale), half, class: `class`,
                title: "\(name) \(rows)")
        ]
    }

    private func band(
        _ counts: Manifest.Counts, _ next: Manifest.Counts, _ top: Double, _ scale: Double
    ) -> HTMLNode {
        let above = top + barTop + 2 * half + 1
        let below = top + barTop + rowHeight
        let (from, to) = (Double(counts.kept) * scale, Double(next.input) * scale)
        return SVG.path(
            [(left, above), (left + from, above), (left + to, below), (left, below)],
            class: "band", isClosed: true)
    }
}
