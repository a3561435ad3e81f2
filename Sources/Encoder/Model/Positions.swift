extension ModelSettings {
    /// The row of the positions' table that each token of a text gets.
    ///
    /// RoBERTa and its kind give a padding token, which may stand literally in a text, the
    /// padding's own row and do not count it (`create_position_ids_from_input_ids`).
    func positions(of text: [Int32]) -> [Int32] {
        guard let padding else { return Array(0..<Int32(text.count)) }
        var next = padding
        return text.map { token in
            if token == padding { return padding }
            next += 1
            return next
        }
    }
}

extension Pooling {
    /// Which of a text's rows its vector is the mean of.
    ///
    /// - Parameter promptTokens: So many at the start are left out, but never all.
    func rows(of span: Range<Int>, promptTokens: Int) -> Range<Int> {
        let first = span.lowerBound + min(promptTokens, span.count - 1)
        return switch self {
        case .mean: first..<span.upperBound
        case .cls: first..<first + 1
        case .lasttoken: span.upperBound - 1..<span.upperBound
        }
    }
}
