/// A packed or binary file format, told by its first bytes and never by the file's name.
///
/// Readers of text refuse such files (``TextStart``), also when they come out of gzip or Zstandard;
/// a reader that knows a format asks for it first. The bytes are those that each format's
/// specification gives; where they are letters that a text may begin with as well, something behind
/// them has to be no text.
public enum BinaryFormat: String, CaseIterable, Sendable {
    // Packed.
    case gzip, zstandard, bzip2, xz, lzma, lzip, lz4, snappy, compress, sevenZip, rar, zip, tar
    // Spreadsheets and documents.
    case excel, openDocument, word, oleDocument, pdf
    // Tables and arrays.
    case parquet, arrow, arrowStream, feather, orc, avro, sqlite, hdf5, numpy, numpyArchive, pickle
    case matlab, rData, spss, stata
    // Pictures, sound, programs.
    case image, media, executable
    /// No known format, but no text either.
    case unknown

    /// - Parameter start: The first plain bytes of a file: ``TextStart/sampleBytes``, or all.
    public init?(start: UnsafeRawBufferPointer) {
        guard let found = Self.signature(of: start) else { return nil }
        self = found == .zip ? Self.kind(ofZip: start) : found
    }

    /// `unknown` where more than one byte in sixteen is a control character that no text has.
    init?(controlsOf start: UnsafeRawBufferPointer) {
        var controls = 0
        for byte in start where Self.isControl(byte) { controls += 1 }
        guard controls >= 8, controls * 16 > start.count else { return nil }
        self = .unknown
    }

    /// White space and ESC aside, which terminals' logs have.
    private static func isControl(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09...0x0D, 0x1B: false
        case 0..<0x20: true
        default: false
        }
    }

    /// Some bytes at some place; nil stands for any byte.
    private struct Signature {
        var format: BinaryFormat
        var bytes: [UInt8?]
        var offset = 0
        /// Whether the bytes could begin a text, so that a control character has to follow.
        var isText = false

        init(_ format: BinaryFormat, _ bytes: [UInt8?], at offset: Int = 0) {
            self.format = format
            self.bytes = bytes
            self.offset = offset
        }

        init(_ format: BinaryFormat, text: String, at offset: Int = 0) {
            self.format = format
            bytes = Array(text.utf8)
            self.offset = offset
            isText = true
        }

        func fits(_ start: UnsafeRawBufferPointer) -> Bool {
            guard start.count >= offset + bytes.count else { return false }
            for (index, byte) in bytes.enumerated() {
                if let byte, start[offset + index] != byte { return false }
            }
            return !isText || start.contains(where: BinaryFormat.isControl)
        }
    }

    private static func signature(of start: UnsafeRawBufferPointer) -> BinaryFormat? {
        signatures.first { $0.fits(start) }?.format
    }

    private static let signatures: [Signature] = [
        Signature(.gzip, [0x1F, 0x8B]),
        Signature(.zstandard, [0x28, 0xB5, 0x2F, 0xFD]),
        // "BZh", a level, and the digits of pi or of its square root.
        Signature(.bzip2, [0x42, 0x5A, 0x68, nil, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
        Signature(.bzip2, [0x42, 0x5A, 0x68, nil, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90]),
        Signature(.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
        Signature(.lzma, [0x5D, 0x00, 0x00]),
        Signature(.lzip, [0x4C, 0x5A, 0x49, 0x50, 0x01]),
        Signature(.lz4, [0x04, 0x22, 0x4D, 0x18]),
        Signature(.lz4, [0x02, 0x21, 0x4C, 0x18]),
        Signature(.snappy, [0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59]),
        Signature(.compress, [0x1F, 0x9D]),
        Signature(.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        Signature(.rar, [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07]),
        Signature(.zip, [0x50, 0x4B, 0x03, 0x04]),
        Signature(.zip, [0x50, 0x4B, 0x05, 0x06]),
        Signature(.zip, [0x50, 0x4B, 0x07, 0x08]),
        Signature(.tar, text: "ustar", at: 257),
        Signature(.oleDocument, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        Signature(.pdf, [0x25, 0x50, 0x44, 0x46, 0x2D]),
        Signature(.parquet, text: "PAR1"),
        Signature(.parquet, text: "PARE"),
        Signature(.arrow, [0x41, 0x52, 0x52, 0x4F, 0x57, 0x31, 0x00, 0x00]),
        Signature(.arrowStream, [0xFF, 0xFF, 0xFF, 0xFF, nil, nil, nil, 0x00]),
        Signature(.feather, text: "FEA1"),
        Signature(.orc, text: "ORC"),
        Signature(.avro, [0x4F, 0x62, 0x6A, 0x01]),
        Signature(.sqlite, Array("SQLite format 3\0".utf8)),
        Signature(.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature(.numpy, [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]),
        // Protocols 2 to 5; UTF-8 has no character that begins with 0x80.
        Signature(.pickle, [0x80, 0x02]),
        Signature(.pickle, [0x80, 0x03]),
        Signature(.pickle, [0x80, 0x04]),
        Signature(.pickle, [0x80, 0x05]),
        // Protocols 0 and 1: a list, a dictionary or an object, and the number of its memo.
        Signature(.pickle, [0x28, 0x6C, 0x70, nil, 0x0A]),
        Signature(.pickle, [0x28, 0x64, 0x70, nil, 0x0A]),
        Signature(.pickle, Array("ccopy_reg\n_reconstructor\n".utf8)),
        Signature(.pickle, [0x5D, 0x71, 0x00]),
        Signature(.pickle, [0x7D, 0x71, 0x00]),
        Signature(.matlab, text: "MATLAB 5.0 MAT-file"),
        Signature(.rData, [0x52, 0x44, 0x58, nil, 0x0A]),
        Signature(.rData, [0x58, 0x0A, 0x00, 0x00, 0x00]),
        Signature(.spss, text: "$FL2@(#)"),
        Signature(.stata, Array("<stata_dta>".utf8)),
        Signature(.image, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature(.image, [0xFF, 0xD8, 0xFF]),
        Signature(.image, text: "GIF8"),
        Signature(.image, text: "RIFF"),
        Signature(.media, text: "ftyp", at: 4),
        Signature(.media, text: "OggS"),
        Signature(.media, text: "fLaC"),
        Signature(.media, text: "ID3"),
        Signature(.executable, [0x7F, 0x45, 0x4C, 0x46]),
        Signature(.executable, [0xCA, 0xFE, 0xBA, 0xBE]),
        Signature(.executable, [0xCF, 0xFA, 0xED, 0xFE]),
    ]

    /// Office documents and NumPy's archives are Zip files, told by the names of their first parts.
    private static func kind(ofZip start: UnsafeRawBufferPointer) -> BinaryFormat {
        let text = String(decoding: start.prefix(TextStart.sampleBytes), as: Unicode.ASCII.self)
        if text.contains("application/vnd.oasis.opendocument") { return .openDocument }
        if text.contains("xl/") { return .excel }
        if text.contains("word/") { return .word }
        if text.contains("[Content_Types].xml") { return .excel }
        return text.contains(".npy") ? .numpyArchive : .zip
    }
}
