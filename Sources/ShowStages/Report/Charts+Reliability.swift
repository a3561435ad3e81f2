internal import Records
internal import StageKit

/// A square with a scale from 0 to 1 on both sides.
struct UnitSquare {
    private let x = 30.0
    private let y = 26.0
    private let size = 150.0

    func point(_ right: Double, _ up: Double) -> (x: Double, y: Double) {
        (x + min(max(right, 0), 1) * size, y + (1 - min(max(up, 0), 1)) * size)
    }

    /// The name above, the grid, and what the scale to the right means.
    func frame(_ name: String, right: String) -> [HTMLNode] {
        var shapes = [SVG.text(SVG.short(name, 20), x, 14, class: "name")]
        for tick in [0.0, 0.5, 1.0] {
            let label = DecimalFormat.fixed(tick, tick == 0.5 ? 1 : 0)
            let (low, high) = (point(tick, 0), point(tick, 1))
            shapes.append(SVG.line(low.x, low.y, high.x, high.y, class: "grid"))
            shapes.append(SVG.text(label, low.x, low.y + 13, class: "tick", anchor: "middle"))
            let (start, end) = (point(0, tick), point(1, tick))
            shapes.append(SVG.line(start.x, start.y, end.x, end.y, class: "grid"))
            shapes.append(
                SVG.text(label, start.x - 5, start.y + 3.5, class: "tick", anchor: "end"))
        }
        shapes.append(
            SVG.text(right, x + size / 2, y + size + 27, class: "tick", anchor: "middle"))
        return shapes
    }

    /// A note in the lower left corner.
    func note(_ text: String) -> HTMLNode { SVG.text(text, x + 8, y + size - 9, class: "faint") }

    func drawing(_ title: String, _ shapes: [HTMLNode]) -> HTMLNode {
        SVG.drawing(width: 190, height: 208, title: title, class: "small", shapes)
    }
}

extension Charts {
    /// A reliability diagram: the share of rows with the category over the mean score, by bin.
    static func reliability(_ figures: CalibrationFigures, category: String) -> HTMLNode {
        let square = UnitSquare()
        var shapes = square.frame(category, right: "mean score")
        let (low, high) = (square.point(0, 0), square.point(1, 1))
        shapes.append(SVG.line(low.x, low.y, high.x, high.y, class: "goal"))
        let most = figures.bins.map(\.rows).max() ?? 1
        let bins = figures.bins.map { bin in
            (place: square.point(bin.meanScore, Double(bin.positives) / Double(bin.rows)), bin: bin)
        }
        shapes.append(SVG.path(bins.map(\.place), class: "curve"))
        for (place, bin) in bins {
            // The area of a dot goes with the rows of its bin.
            let radius = 2 + 5 * (Double(bin.rows) / Double(max(1, most))).squareRoot()
            shapes.append(SVG.circle(place.x, place.y, radius, class: "kept"))
        }
        return square.drawing("Calibration of \(category)", shapes)
    }
}
