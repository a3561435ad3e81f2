/// Lets a line that holds nothing but `{% … %}` and `{# … #}` tags leave no line behind, as with
/// Jinja's `trim_blocks` and `lstrip_blocks`.
///
/// The engine's own trimming also eats the space in
/// `Names: {% for … %}`.
enum StandaloneTags {
    /// The section's text.
    ///
    /// Such a line's end moves inside its last tag, where it has no meaning,
    /// so that the engine's line numbers stay true.
    static func text(of source: TemplateSource, _ range: Range<Int>) -> String {
        let tags = source.tags.filter { range.contains($0.range.lowerBound) }[...]
        var rest = tags
        var result = String.UnicodeScalarView()
        var line = range.lowerBound
        while line < range.upperBound {
            let newline = source.scalars[line..<range.upperBound].firstIndex(of: "\n")
            let end = newline ?? range.upperBound
            rest = rest.drop { $0.range.lowerBound < line }
            let onLine = Array(rest.prefix { $0.range.lowerBound < end })
            if isStandalone(onLine, source, line..<end) {
                for tag in onLine.dropLast() { result += source.scalars[tag.range] }
                if let last = onLine.last {
                    result += source.scalars[last.range.dropLast(2)]
                    if newline != nil { result.append("\n") }
                    result += source.scalars[last.range.suffix(2)]
                }
            } else {
                result += source.scalars[line..<end]
                if newline != nil { result.append("\n") }
            }
            line = end + 1
        }
        return String(result)
    }

    private static func isStandalone(
        _ tags: [TemplateSource.Tag], _ source: TemplateSource, _ line: Range<Int>
    ) -> Bool {
        guard let last = tags.last, last.range.upperBound <= line.upperBound else { return false }
        // A tag's own `-` or `+` in front of the close keeps its meaning only when it stays there.
        if tags.contains(where: { $0.kind == .variable }) { return false }
        if ["-", "+"].contains(source.scalars[last.range.upperBound - 3]) { return false }
        var at = line.lowerBound
        for tag in tags {
            let before = source.scalars[at..<tag.range.lowerBound]
            if !before.allSatisfy(\.properties.isWhitespace) { return false }
            at = tag.range.upperBound
        }
        return source.scalars[at..<line.upperBound].allSatisfy(\.properties.isWhitespace)
    }
}
