/// How a file of rows and fields is written.
public struct DelimitedFormat: Sendable, Equatable {
    /// The byte between two fields; nil to find out from the start of the file.
    public var delimiter: UInt8?
    /// The byte round a field with delimiters, quotes or line ends in it; nil if quotes are text.
    public var quote: UInt8?
    /// Whether `"` is the quote of a file without one whose start shows it, see ``QuoteEvidence``.
    public var findsQuotes = false
    /// The longest field that is kept, in bytes.
    public var maximumFieldBytes: Int
    /// The most fields of a row that are kept.
    public var maximumFields: Int

    public init(
        delimiter: UInt8? = nil, quote: UInt8? = UInt8(ascii: "\""),
        maximumFieldBytes: Int = 16 << 20, maximumFields: Int = 1 << 20
    ) {
        self.delimiter = delimiter
        self.quote = quote
        self.maximumFieldBytes = maximumFieldBytes
        self.maximumFields = maximumFields
    }

    public static let csv = DelimitedFormat(delimiter: UInt8(ascii: ","))
    /// Without quoting, as the media type `text/tab-separated-values` (IANA) has it.
    ///
    /// Texts that begin with a quote are common, and fields with tabs or line ends in them are not.
    /// ``findsQuotes`` makes an exception of files whose start shows the contrary.
    public static let tsv = DelimitedFormat(delimiter: UInt8(ascii: "\t"), quote: nil)

    /// What is tried, in the order that settles a tie.
    private static let candidates = Array("\t,;|".utf8)

    /// The likely delimiter of a file that starts so.
    ///
    /// The one that cuts most of the first ten rows into as many fields as the first row; among
    /// those the one that makes most fields. A comma when none occurs in the first row.
    static func sniff(
        _ start: UnsafeRawBufferPointer, quote: UInt8?, lineEnd: UInt8
    ) -> UInt8 {
        var best: (delimiter: UInt8, agreeing: Int, count: Int)?
        for candidate in candidates {
            let counts = counts(of: candidate, start, quote: quote, lineEnd: lineEnd)
            guard let first = counts.first, first > 0 else { continue }
            let agreeing = counts.reduce(0) { $0 + ($1 == first ? 1 : 0) }
            if let best, (best.agreeing, best.count) >= (agreeing, first) { continue }
            best = (candidate, agreeing, first)
        }
        return best?.delimiter ?? UInt8(ascii: ",")
    }

    /// The delimiter that a first line `sep=;` names (also in quotes), and the line's length with
    /// its end; nil where there is no such line.
    static func separatorLine(
        _ start: UnsafeRawBufferPointer, lineEnd: UInt8
    ) -> (delimiter: UInt8, length: Int)? {
        // Longer than the longest such line, `"sep=;"` and CR LF.
        guard let end = start.prefix(10).firstIndex(of: lineEnd) else { return nil }
        var line = Array(start[..<end])
        if line.last == 13 { line.removeLast() }
        if line.first == UInt8(ascii: "\""), line.last == line.first, line.count > 2 {
            line = Array(line[1..<line.count - 1])
        }
        let name = line.prefix(4).map { $0 | 0x20 }
        guard line.count == 5, name == Array("sep=".utf8),
            isDelimiter(line[4])
        else { return nil }
        return (line[4], end + 1)
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\t"), UInt8(ascii: " "): true
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "_"): false
        case 0x21..<0x30, 0x3A..<0x41, 0x5B..<0x61, 0x7B..<0x7F: true
        default: false
        }
    }

    /// How often a byte stands outside quotes in each of the first ten rows.
    private static func counts(
        of delimiter: UInt8, _ start: UnsafeRawBufferPointer, quote: UInt8?, lineEnd: UInt8
    ) -> [Int] {
        var counts: [Int] = []
        var count = 0
        var isQuoted = false
        var isFieldStart = true
        for byte in start {
            if isQuoted {
                if byte == quote { isQuoted = false }
                continue
            }
            if byte == quote, isFieldStart {
                isQuoted = true
            } else if byte == lineEnd {
                counts.append(count)
                count = 0
                if counts.count == 10 { return counts }
            } else if byte == delimiter {
                count += 1
            }
            isFieldStart = byte == delimiter || byte == lineEnd
        }
        // The last row may be cut off; it counts only when it is the only one.
        return counts.isEmpty ? [count] : counts
    }
}
