public import Records

/// One replacement in a text: bytes `start..<end` held `old` and now hold `new`.
///
/// Offsets count UTF-8 bytes of the text *before* the step that made the edit.
public struct Edit: Sendable, Equatable {
    public let start: Int
    public let end: Int
    public let old: String
    public let new: String

    public init(start: Int, end: Int, old: String, new: String) {
        self.start = start
        self.end = end
        self.old = old
        self.new = new
    }
}

/// Doing and undoing a list of edits: ascending, not overlapping.
public enum Edits {
    /// The text with every edit done.
    ///
    /// - Throws: `badData` for edits that do not fit the text.
    public static func apply(_ edits: [Edit], to text: String) throws(Fault) -> String {
        try splice(Array(text.utf8), edits.map { ($0.start, $0.old, $0.new) })
    }

    /// The text as it was before the edits: byte for byte.
    ///
    /// - Throws: `badData` for edits that do not fit the text.
    public static func undo(_ edits: [Edit], in text: String) throws(Fault) -> String {
        var shift = 0
        var inverse: [(Int, String, String)] = []
        for edit in edits {
            let (start, overflow) = edit.start.addingReportingOverflow(shift)
            if overflow { throw mismatch() }
            inverse.append((start, edit.new, edit.old))
            shift += edit.new.utf8.count - edit.old.utf8.count
        }
        return try splice(Array(text.utf8), inverse)
    }

    private static func splice(
        _ bytes: [UInt8], _ pieces: [(at: Int, old: String, new: String)]
    ) throws(Fault) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 16 * pieces.count)
        var from = 0
        for piece in pieces {
            let length = piece.old.utf8.count
            guard piece.at >= from, piece.at <= bytes.count, length <= bytes.count - piece.at,
                bytes[piece.at..<(piece.at + length)].elementsEqual(piece.old.utf8)
            else { throw mismatch() }
            result += bytes[from..<piece.at]
            result += piece.new.utf8
            from = piece.at + length
        }
        result += bytes[from...]
        guard let text = String(validating: result, as: UTF8.self) else { throw mismatch() }
        return text
    }

    private static func mismatch() -> Fault {
        Fault(
            .badData, "an edit log does not belong to this text",
            hint: "pass the text exactly as the step left it, and that step's own edits")
    }
}
