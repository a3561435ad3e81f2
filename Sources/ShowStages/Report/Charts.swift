internal import Records
internal import StageKit

/// The small charts of the page.
enum Charts {
    /// A bar of several parts on a scale to `most`.
    static func stackedBar(
        _ parts: [(value: Int, class: String, name: String)], most: Int, width: Double = 240
    ) -> HTMLNode {
        var x = 0.0
        var shapes: [HTMLNode] = []
        for part in parts where part.value > 0 && most > 0 {
            let length = Double(part.value) / Double(most) * width
            shapes.append(
                SVG.box(
                    x, 1, max(1, length), 12, class: part.class, radius: 1,
                    title: "\(part.name) \(part.value)"))
            x += length
        }
        let words = parts.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        return SVG.drawing(width: width, height: 14, title: words, class: "inline", shapes)
    }

    /// A share from 0 to 1 as a bar, with its interval as a whisker and a line at the gate.
    static func gauge(
        _ value: Double, low: Double?, high: Double?, gate: Double?, class: String
    ) -> HTMLNode {
        let width = 170.0
        var shapes = [
            SVG.box(0, 4, width, 8, class: "track"),
            SVG.box(0, 4, min(max(value, 0), 1) * width, 8, class: `class`),
        ]
        if let low, let high {
            shapes.append(SVG.line(low * width, 8, high * width, 8, class: "whisker"))
            shapes.append(SVG.line(low * width, 5, low * width, 11, class: "whisker"))
            shapes.append(SVG.line(high * width, 5, high * width, 11, class: "whisker"))
        }
        if let gate { shapes.append(SVG.line(gate * width, 0, gate * width, 16, class: "goal")) }
        return SVG.drawing(
            width: width, height: 16, title: "F1 \(DecimalFormat.fixed(value, 3))", class: "inline",
            shapes)
    }

    /// A precision-recall curve, and the point where the tuned threshold lies.
    static func curve(
        _ curve: Curves.Curve, point: (recall: Double, precision: Double)?, caption: String
    ) -> HTMLNode {
        let square = UnitSquare()
        let points = zip(curve.recall, curve.precision).map { square.point($0, $1) }
        var shapes = square.frame(curve.category, right: "recall")
        if let first = points.first, let last = points.last, points.count > 1 {
            let floor = square.point(0, 0).y
            shapes.append(
                SVG.path(
                    points + [(last.x, floor), (first.x, floor)], class: "area", isClosed: true))
        }
        shapes.append(SVG.path(points, class: "curve"))
        shapes.append(square.note(caption))
        if let point {
            let place = square.point(point.recall, point.precision)
            shapes.append(SVG.circle(place.x, place.y, 4, class: "dot"))
        }
        return square.drawing("Precision and recall of \(curve.category)", shapes)
    }

    /// A histogram of distances.
    static func histogram(_ histogram: DistanceHistogram) -> HTMLNode {
        let (x, y, width, height) = (8.0, 26.0, 210.0, 90.0)
        let bars = histogram.shown
        let most = bars.counts.max() ?? 0
        let step = width / Double(max(1, bars.counts.count))
        let total = histogram.counts.reduce(0, +)
        var shapes: [HTMLNode] = [
            SVG.text(SVG.short(histogram.category, 22), x, 14, class: "name"),
            SVG.text(
                "\(NumberFormat.number(total)) rows", x + width, 14, class: "faint", anchor: "end"),
            SVG.line(x, y + height, x + width, y + height, class: "axis"),
        ]
        for (index, count) in bars.counts.enumerated() where count > 0 {
            let tall = max(1, Double(count) / Double(most) * height)
            shapes.append(
                SVG.box(
                    x + Double(index) * step, y + height - tall, max(0.8, step - 0.6), tall,
                    class: "kept", radius: 0, title: "\(count)"))
        }
        if let threshold = histogram.threshold, bars.high > bars.low,
            (bars.low...bars.high).contains(threshold)
        {
            let place = x + (threshold - bars.low) / (bars.high - bars.low) * width
            shapes.append(SVG.line(place, y - 4, place, y + height, class: "gate"))
            shapes.append(
                SVG.text(
                    DecimalFormat.fixed(threshold, 2), place, y + height + 26, class: "tick",
                    anchor: place > x + width - 12 ? "end" : "middle"))
        }
        shapes.append(SVG.text(DecimalFormat.fixed(bars.low, 2), x, y + height + 14, class: "tick"))
        shapes.append(
            SVG.text(
                DecimalFormat.fixed(bars.high, 2), x + width, y + height + 14, class: "tick",
                anchor: "end"))
        return SVG.drawing(
            width: 226, height: 146,
            title: "\(histogram.isMargin ? "Margins" : "Distances") of \(histogram.category)",
            class: "small",
            shapes)
    }
}
