internal import Glibc

/// What the first bytes of a file say before a reader takes it for UTF-8 text.
public enum TextStart {
    /// How many bytes are looked at: enough for two hundred words of UTF-32.
    public static let sampleBytes = 4_096

    /// The bytes to pass over at the start of a text: 3 for a UTF-8 byte order mark, else 0.
    ///
    /// - Parameter start: The first ``sampleBytes`` plain bytes of the file; all of a shorter one.
    /// - Throws: `badData` when they are UTF-16, UTF-32 or no text at all, with the command that
    ///   makes text of them.
    public static func length(
        of start: UnsafeRawBufferPointer, path: String
    ) throws(Fault) -> Int {
        let start = UnsafeRawBufferPointer(rebasing: start.prefix(sampleBytes))
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { return 3 }
        if let format = BinaryFormat(start: start) { throw format.fault(at: path) }
        if let encoding = WideEncoding(start: start) { throw encoding.fault(at: path) }
        if let format = BinaryFormat(controlsOf: start) { throw format.fault(at: path) }
        return 0
    }

    /// The same for bytes in an array.
    ///
    /// - Throws: `badData` for text in UTF-16 or UTF-32, with the command that converts it.
    public static func length(of start: [UInt8], path: String) throws(Fault) -> Int {
        var result: Result<Int, Fault> = .success(0)
        start.withUnsafeBytes { bytes in
            do throws(Fault) {
                result = .success(try length(of: bytes, path: path))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// The byte that ends a line: CR (13) in a text that has CR and no LF, else LF (10).
    public static func lineEnd(of start: UnsafeRawBufferPointer) -> UInt8 {
        guard let base = start.baseAddress, !start.isEmpty else { return 10 }
        let hasFeed = memchr(base, 10, start.count) != nil
        return !hasFeed && memchr(base, 13, start.count) != nil ? 13 : 10
    }
}

/// UTF-16 and UTF-32, told by a byte order mark or by the zero bytes of a text without one.
enum WideEncoding: String, CaseIterable {
    case utf16LittleEndian = "UTF-16LE"
    case utf16BigEndian = "UTF-16BE"
    case utf32LittleEndian = "UTF-32LE"
    case utf32BigEndian = "UTF-32BE"

    private var unitBytes: Int {
        switch self {
        case .utf16LittleEndian, .utf16BigEndian: 2
        case .utf32LittleEndian, .utf32BigEndian: 4
        }
    }

    private var isLittleEndian: Bool { self == .utf16LittleEndian || self == .utf32LittleEndian }

    init?(start: UnsafeRawBufferPointer) {
        if start.starts(with: [0xFF, 0xFE, 0, 0]) {
            self = .utf32LittleEndian
        } else if start.starts(with: [0, 0, 0xFE, 0xFF]) {
            self = .utf32BigEndian
        } else if start.starts(with: [0xFF, 0xFE]) {
            self = .utf16LittleEndian
        } else if start.starts(with: [0xFE, 0xFF]) {
            self = .utf16BigEndian
        } else {
            self.init(unmarked: start)
        }
    }

    /// A text without a mark: it has zero bytes, a quarter of its bytes or more could not stand in
    /// UTF-8 text, and all of it is sound in one of the encodings; the one with most ASCII, since a
    /// text in ASCII is sound, though Chinese, with its bytes exchanged.
    ///
    /// Every line end, blank and Latin letter has a zero byte; a text without any is not told.
    private init?(unmarked start: UnsafeRawBufferPointer) {
        guard start.contains(0) else { return nil }
        var odd = 0
        for scalar in String(decoding: start, as: UTF8.self).unicodeScalars {
            if scalar == "\u{FFFD}" || scalar.value < 9 || (14..<32).contains(scalar.value) {
                odd += 1
            }
        }
        guard odd * 4 >= start.count else { return nil }
        let found = Self.allCases.map { (encoding: $0, letters: $0.letters(in: start)) }
        guard let best = found.max(by: { $0.letters < $1.letters }), best.letters > 0 else {
            return nil
        }
        self = best.encoding
    }

    /// How many characters of ASCII there are; 0 where units are no character or a control, or too
    /// many have no meaning.
    private func letters(in start: UnsafeRawBufferPointer) -> Int {
        // A file may end, and a sample be cut, inside a unit; a whole text does not.
        if start.count < TextStart.sampleBytes, start.count % unitBytes != 0 { return 0 }
        let count = start.count / unitBytes
        var (letters, odd, at) = (0, 0, 0)
        func unit(_ index: Int) -> UInt32 {
            var value: UInt32 = 0
            for offset in 0..<unitBytes {
                let place = isLittleEndian ? unitBytes - 1 - offset : offset
                value = value << 8 | UInt32(start[index * unitBytes + place])
            }
            return value
        }
        while at < count {
            var value = unit(at)
            at += 1
            if unitBytes == 2, (0xD800...0xDBFF).contains(value) {
                // The sample may end inside a pair.
                if at == count { break }
                guard (0xDC00...0xDFFF).contains(unit(at)) else { return 0 }
                value = 0x10000 + ((value - 0xD800) << 10) + (unit(at) - 0xDC00)
                at += 1
            }
            guard let scalar = Unicode.Scalar(value) else { return 0 }
            if value < 0x80 { letters += 1 }
            switch scalar.properties.generalCategory {
            case .control: if ![9, 10, 12, 13].contains(value) { return 0 }
            case .unassigned, .privateUse: odd += 1
            default: break
            }
        }
        return odd * 16 <= count ? letters : 0
    }

    func fault(at path: String) -> Fault {
        Fault(
            .badData, "the file is \(rawValue.dropLast(2)) text, not UTF-8", at: .file(path),
            hint: "convert it: iconv -f \(rawValue) -t UTF-8 FILE > NEW-FILE"
                + (TextEncoding(rawValue: rawValue.lowercased()).map {
                    "; in a source, `encoding: \($0.rawValue)` reads it as it is"
                } ?? ""))
    }
}
