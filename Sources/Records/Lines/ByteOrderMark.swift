/// The mark some programs put before a text to say how it is encoded.
public enum ByteOrderMark {
    /// The bytes to pass over at the start of a text: 3 for a UTF-8 mark, else 0.
    /// - Throws: `badData` when the mark says UTF-16 or UTF-32, which nothing here reads.
    public static func length(
        of start: UnsafeRawBufferPointer, path: String
    ) throws(Fault) -> Int {
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        let wide: String? =
            if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) {
                "UTF-32"
            } else if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
                "UTF-16"
            } else {
                nil
            }
        guard let wide else { return 0 }
        throw Fault(
            .badData, "the file is \(wide) text, not UTF-8", at: .file(path),
            hint: "convert it: iconv -f \(wide) -t UTF-8 FILE > NEW-FILE")
    }
}
