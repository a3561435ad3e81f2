/// Whether the start of a table shows that its quotes stand round fields.
///
/// In TSV quotes are text as a rule (IANA `text/tab-separated-values`), but spreadsheets and
/// Python's `csv` put fields with line ends, tabs or quotes into quotes there too. Quotes are told
/// from text by what would be wrong with the rows otherwise: read with quotes, every row has the
/// header's width and nothing stands behind a closing quote; and either a quote inside quotes is
/// doubled, or, read without, some row has another width. A text that only begins or ends with a
/// quote spoils the first.
struct QuoteEvidence {
    private static let quote = UInt8(ascii: "\"")

    private let delimiter: UInt8
    private let lineEnd: UInt8
    /// Whether a quote inside quotes was doubled.
    private var hasDoubled = false

    /// - Parameters:
    ///   - start: The file's first bytes.
    ///   - isWhole: Whether they are all of it; otherwise the last row is cut off and left out.
    static func showsQuotes(
        _ start: UnsafeRawBufferPointer, delimiter: UInt8, lineEnd: UInt8, isWhole: Bool
    ) -> Bool {
        if !start.contains(quote) { return false }
        var evidence = QuoteEvidence(delimiter: delimiter, lineEnd: lineEnd)
        guard let quoted = evidence.widths(start, isQuoted: true, isWhole: isWhole),
            let width = quoted.first, width > 1, quoted.allSatisfy({ $0 == width })
        else { return false }
        if evidence.hasDoubled { return true }
        let plain = evidence.widths(start, isQuoted: false, isWhole: isWhole) ?? []
        return plain.contains { $0 != width }
    }

    private init(delimiter: UInt8, lineEnd: UInt8) {
        self.delimiter = delimiter
        self.lineEnd = lineEnd
    }

    /// The fields of each whole row, blank lines left out; nil where text stands behind a closing
    /// quote, or a quote does not close in a whole file.
    private mutating func widths(
        _ start: UnsafeRawBufferPointer, isQuoted: Bool, isWhole: Bool
    ) -> [Int]? {
        var widths: [Int] = []
        var (fields, isBlank, isInQuotes, wasQuoted, isFieldStart) = (1, true, false, false, true)
        var at = start.startIndex
        while at < start.endIndex {
            let byte = start[at]
            at += 1
            if isInQuotes {
                guard byte == Self.quote else { continue }
                if at < start.endIndex, start[at] == Self.quote {
                    hasDoubled = true
                    at += 1
                } else {
                    (isInQuotes, wasQuoted) = (false, true)
                }
                continue
            }
            if byte == lineEnd {
                if !isBlank { widths.append(fields) }
                (fields, isBlank, wasQuoted, isFieldStart) = (1, true, false, true)
                continue
            }
            if byte == delimiter {
                fields += 1
                (isBlank, wasQuoted, isFieldStart) = (false, false, true)
            } else if isQuoted, isFieldStart, byte == Self.quote {
                (isBlank, isInQuotes, isFieldStart) = (false, true, false)
            } else if byte != 13 {
                if wasQuoted { return nil }
                (isBlank, isFieldStart) = (false, false)
            }
        }
        if isWhole {
            if isInQuotes { return nil }
            if !isBlank { widths.append(fields) }
        }
        return widths
    }
}
