/// The shapes that the charts are drawn with.
///
/// Lengths are in the chart's own units, one to a CSS
/// pixel at full width; colours are classes, so that a style sheet can turn them dark.
enum SVG {
    /// A drawing that is read aloud as `title`.
    static func drawing(
        width: Double, height: Double, title: String, class: String = "chart", _ shapes: [HTMLNode]
    ) -> HTMLNode {
        .of(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "class": `class`, "role": "img",
                "viewBox": "0 0 \(number(width)) \(number(height))", "aria-label": title,
            ], shapes)
    }

    static func box(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, class: String,
        radius: Double = 2, title: String? = nil
    ) -> HTMLNode {
        .of(
            "rect",
            [
                "x": number(x), "y": number(y), "width": number(max(0, width)),
                "height": number(max(0, height)), "rx": number(radius), "class": `class`,
            ], title.map { [.of("title", [:], $0)] } ?? [])
    }

    static func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class: String
    ) -> HTMLNode {
        .of(
            "line",
            [
                "x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2),
                "class": `class`,
            ])
    }

    static func path(
        _ points: [(x: Double, y: Double)], class: String, isClosed: Bool = false
    ) -> HTMLNode {
        var steps = ""
        for (index, point) in points.enumerated() {
            steps += "\(index == 0 ? "M" : "L")\(number(point.x)) \(number(point.y))"
        }
        return .of("path", ["d": steps + (isClosed ? "Z" : ""), "class": `class`])
    }

    static func circle(_ x: Double, _ y: Double, _ radius: Double, class: String) -> HTMLNode {
        .of(
            "circle", ["cx": number(x), "cy": number(y), "r": number(radius), "class": `class`])
    }

    /// - Parameter anchor: `start`, `middle` or `end`.
    static func text(
        _ text: String, _ x: Double, _ y: Double, class: String = "", anchor: String = "start"
    ) -> HTMLNode {
        .of(
            "text",
            ["x": number(x), "y": number(y), "class": `class`, "text-anchor": anchor], text)
    }

    /// A coordinate with one decimal, or none.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, part) = (abs(tenths) / 10, abs(tenths) % 10)
        return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part)"
    }

    /// `text` cut to `limit` characters, with an ellipsis where something was cut off.
    static func short(_ text: String, _ limit: Int) -> String {
        text.count <= limit ? text : "\(text.prefix(limit - 1))…"
    }
}
