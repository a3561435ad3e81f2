import CCompress
import Testing

@testable import Records

struct TextStartTests {
    private static let texts = [
        "id,text,label\n1,hello there,ham\n2,café,spam\n",
        "{\"id\":\"1\",\"text\":\"see you at noon\"}\r\n{\"id\":\"2\",\"text\":\"ok\"}\r\n",
        "你好世界\ncafé\n", "id\ttext\n1\t你好，我们今天去公园散步。\n2\t天气很好\n",
        "привет мир\nкак дела сегодня\n", "שלום עולם\n", "😀 smile\n", "naïve\n",
    ]

    private func bytes(_ text: String, _ encoding: WideEncoding, mark: Bool) -> [UInt8] {
        let isWide = encoding == .utf32LittleEndian || encoding == .utf32BigEndian
        let text = mark ? "\u{FEFF}" + text : text
        let units = isWide ? text.unicodeScalars.map(\.value) : text.utf16.map(UInt32.init)
        return units.flatMap { unit in
            let big = (0..<(isWide ? 4 : 2)).reversed().map { UInt8(unit >> (8 * $0) & 0xFF) }
            let isLittle = encoding == .utf16LittleEndian || encoding == .utf32LittleEndian
            return isLittle ? big.reversed() : big
        }
    }

    private func fault(of bytes: [UInt8]) -> Fault? {
        do throws(Fault) {
            _ = try TextStart.length(of: bytes, path: "a")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: WideEncoding.allCases, [true, false])
    func `UTF-16 and UTF-32 are told with and without a mark`(
        encoding: WideEncoding, mark: Bool
    ) throws {
        for text in Self.texts {
            for count in [1, 40, 2_000] {
                let whole = bytes(String(repeating: text, count: count), encoding, mark: mark)
                let fault = fault(of: Array(whole.prefix(TextStart.sampleBytes)))
                #expect(fault?.kind == .badData, "\(text)")
                #expect(fault?.hint?.contains("iconv -f \(encoding.rawValue)") == true, "\(text)")
            }
        }
    }

    @Test func `texts in UTF-8 and in old encodings are not taken for wide ones`() {
        var texts = Self.texts.map { Array($0.utf8) }
        texts += ["nul\0nul\nx", "x\0y\n", "{\"a\":\"\0\"}\n\0", "\u{1B}[31mred\u{1B}[0m\n"].map {
            Array($0.utf8)
        }
        // Latin-1, Windows-1251 and GBK: no UTF-8, but text that is repaired row by row.
        texts += [
            Array("caf".utf8) + [0xE9, 0x0A],
            [0xEF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x20, 0xEC, 0x0A],
            [0xC4, 0xE3, 0xBA, 0xC3, 0xCA, 0xC0, 0xBD, 0xE7, 0x0A],
        ]
        for text in texts { #expect(fault(of: text) == nil) }
    }

    @Test func `a UTF-8 mark is passed over and the line end told`() {
        func start(_ text: String) -> (length: Int?, lineEnd: UInt8) {
            Array(text.utf8).withUnsafeBytes { bytes in
                (try? TextStart.length(of: bytes, path: "a"), TextStart.lineEnd(of: bytes))
            }
        }
        #expect(start("\u{FEFF}a").length == 3 && start("").length == 0)
        for (text, end) in [("", 10), ("a", 10), ("a\rb", 13), ("a\r\nb", 10), ("a\rb\n", 10)] {
            #expect(start(text).lineEnd == UInt8(end))
        }
    }
}

struct BinaryFormatTests {
    /// The first bytes of a file of each format, as its tools write them.
    private static let starts: [(BinaryFormat, [UInt8])] = [
        (.bzip2, Array("BZh91AY&SYo".utf8)), (.xz, [0xFD] + Array("7zXZ\0\0".utf8)),
        (.lzma, [0x5D, 0, 0, 0x80, 0]), (.lzip, Array("LZIP".utf8) + [1, 12]),
        (.lz4, [0x04, 0x22, 0x4D, 0x18, 0x64]),
        (.snappy, [0xFF, 0x06, 0, 0] + Array("sNaPpY".utf8)), (.compress, [0x1F, 0x9D, 0x90]),
        (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0]),
        (.rar, Array("Rar!".utf8) + [0x1A, 7, 0]), (.zip, Array("PK".utf8) + [5, 6, 0, 0]),
        (.zip, Array("PK".utf8) + [3, 4, 20, 0] + Array("a.jsonl".utf8)),
        (.excel, Array("PK".utf8) + [3, 4, 20, 0] + Array("[Content_Types].xml".utf8)),
        (.excel, Array("PK".utf8) + [3, 4, 20, 0] + Array("xl/workbook.xml".utf8)),
        (
            .word,
            Array("PK".utf8) + [3, 4] + Array("[Content_Types].xml PK word/document.xml".utf8)
        ),
        (
            .openDocument,
            Array("PK".utf8) + [3, 4]
                + Array("mimetypeapplication/vnd.oasis.opendocument.spreadsheet".utf8)
        ),
        (.numpyArchive, Array("PK".utf8) + [3, 4, 20, 0] + Array("arr_0.npy".utf8)),
        (.tar, Array("rows.jsonl".utf8) + [UInt8](repeating: 0, count: 247) + Array("ustar".utf8)),
        (.oleDocument, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0]),
        (.pdf, Array("%PDF-1.7\n".utf8)), (.parquet, Array("PAR1".utf8) + [0x15, 0x04]),
        (.arrow, Array("ARROW1\0\0".utf8)),
        (.arrowStream, [0xFF, 0xFF, 0xFF, 0xFF, 0x70, 0, 0, 0]),
        (.feather, Array("FEA1".utf8) + [0, 0]), (.orc, Array("ORC".utf8) + [0x08, 0x01]),
        (.avro, Array("Obj".utf8) + [1, 4]), (.sqlite, Array("SQLite format 3\0".utf8)),
        (.hdf5, [0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A]),
        (.numpy, [0x93] + Array("NUMPY".utf8) + [1, 0]), (.pickle, [0x80, 4, 0x95, 0]),
        (.pickle, [0x80, 2, 0x7D]), (.rData, Array("RDX3\nX\n".utf8)),
        (.image, [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A]),
        (.image, [0xFF, 0xD8, 0xFF, 0xE0]),
        (.executable, [0x7F] + Array("ELF".utf8)),
    ]

    private func format(_ bytes: [UInt8]) -> BinaryFormat? {
        bytes.withUnsafeBytes { BinaryFormat(start: $0) }
    }

    @Test(arguments: starts)
    func `a format is told by its first bytes`(format: BinaryFormat, start: [UInt8]) {
        #expect(self.format(start) == format)
        // What is cut off before its signature ends is no crash.
        for count in 0..<min(start.count, 20) { _ = self.format(Array(start[..<count])) }
        #expect(format.fault(at: "a").kind == .badData && format.fault(at: "a").hint != nil)
    }

    @Test(arguments: [
        "ORC tribes are a game's", "PAR1 and PAR2 files", "RIFF is a word", "ID3", "BZh is a club",
        "PK is short for", "GIF89 was a year", "%PD", "LZIP", "RDX", "Obj", "]", "BZh91",
        "\u{FEFF}PAR1", "0000ftyp", "FEA1", "fLaC or OggS",
    ])
    func `a text that begins like a format is text`(text: String) throws {
        let bytes = Array((text + "\n").utf8)
        #expect(format(bytes) == nil)
        #expect(try TextStart.length(of: bytes, path: "a") == (text.hasPrefix("\u{FEFF}") ? 3 : 0))
    }

    @Test func `bytes of no known format are no text either, for many seeds`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "binary")
            // Not what the formats above begin with.
            let bytes = [0x01] + (0..<4_000).map { _ in UInt8(draws.below(256)) }
            let fault = #expect(throws: Fault.self) {
                try TextStart.length(of: bytes, path: "a")
            }
            #expect(fault?.kind == .badData)
        }
    }

    @Test(arguments: [nil, ccompress_gzip, ccompress_zstd] as [ccompress_format?])
    func `a binary file gives no line, also out of a packed one`(packing: ccompress_format?)
        throws
    {
        let scratch = Scratch()
        for (format, start) in Self.starts {
            let whole = start + [UInt8](repeating: 0x41, count: 600)
            let path = scratch.file("a", packing.map { Scratch.packed(whole, $0) } ?? whole)
            let fault = #expect(throws: Fault.self) { try allLines(path) }
            #expect(fault?.kind == .badData && fault?.what.contains(format.name) == true)
        }
    }

    @Test(arguments: [nil, ccompress_gzip, ccompress_zstd] as [ccompress_format?])
    func `looking at the start takes nothing away, for many seeds`(packing: ccompress_format?)
        throws
    {
        let scratch = Scratch()
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "peek")
            let bytes = (0..<draws.below(300_000)).map { UInt8(truncatingIfNeeded: $0 &* 7) | 0x20 }
            let path = scratch.file("a", packing.map { Scratch.packed(bytes, $0) } ?? bytes)
            var source = try ByteSource(path: path)
            var read: [UInt8] = []
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 8)
            defer { room.deallocate() }
            while true {
                let wanted = draws.below(9_000)
                let peeked = try source.peek(wanted)
                #expect(peeked == Array(bytes[read.count...].prefix(wanted)))
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: room[..<(1 + draws.below(69_000))])
                let count = try source.read(into: part)
                if count == 0 { break }
                read += part[..<count]
            }
            #expect(read == bytes)
        }
    }
}
