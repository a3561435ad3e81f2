/// One row of a CSV or TSV file.
///
/// Reuse one for a whole file: its memory is kept.
public struct DelimitedRow: Sendable {
    /// What is wrong with a row; its fields are then what could be read.
    public enum Problem: Sendable, Equatable {
        /// Another number of fields than the first row's.
        case ragged(expected: Int, found: Int)
        /// A quote was opened at `line`, and neither the file's end nor the longest field was far
        /// enough for it to close. The row ends at that line's end; the `lines` after it that the
        /// field went over before that was known are read again, as rows of their own.
        case unclosedQuote(line: Int, lines: Int)
        /// Text, and not only blanks, between a closing quote and the next delimiter: outside
        /// RFC 4180, so that nobody knows what the field is. Its parts are here without the quote.
        case textAfterQuote
        /// A field, counted from 0, is longer than the limit; it is empty here.
        case fieldTooLong(field: Int)
        /// More fields than the limit; those beyond it are not here.
        case tooManyFields(limit: Int)
    }

    /// The fields' bytes, quotes taken off, one behind the other.
    public internal(set) var bytes: [UInt8] = []
    /// Where each field lies in `bytes`.
    public internal(set) var fields: [Range<Int>] = []
    /// The lines of the file the row lies on, from 1: more than one where a field holds line ends.
    public internal(set) var firstLine = 0
    public internal(set) var lastLine = 0
    /// The first problem met, but another width than the first row's before text behind a quote;
    /// nil for a good row.
    public internal(set) var problem: Problem?
    /// Whether a field has text behind its closing quote, whatever else is wrong.
    public internal(set) var hasTextAfterQuote = false

    public init() {}

    /// A row of these fields, without a place.
    public init(fields texts: [String]) {
        for text in texts {
            fields.append(bytes.count..<bytes.count + text.utf8.count)
            bytes += text.utf8
        }
    }

    public var count: Int { fields.count }

    /// The bytes of a field.
    public subscript(field: Int) -> ArraySlice<UInt8> { bytes[fields[field]] }

    /// A field as text; bytes that are not UTF-8 are repaired.
    public func string(_ field: Int) -> String {
        String(decoding: bytes[fields[field]], as: UTF8.self)
    }

    /// All fields as text.
    public var strings: [String] { fields.indices.map { string($0) } }

    mutating func clear(line: Int) {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        firstLine = line
        lastLine = line
        problem = nil
        hasTextAfterQuote = false
    }
}
