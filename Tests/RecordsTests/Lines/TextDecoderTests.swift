import Foundation
import Testing

@testable import Records

/// Text in other encodings than UTF-8, against Foundation's own conversion.
struct TextDecoderTests {
    private let letters = Array("aZ 9,\n\r\"é€ßЖ中あ한\u{1F600}\u{10FFFF}\u{FEFF}".unicodeScalars)

    private func decode(_ bytes: [UInt8], _ encoding: TextEncoding, piece: Int) -> [UInt8] {
        var decoder = TextDecoder(encoding)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes {
                decoder.decode($0, isLast: false, into: &text)
            }
        }
        [UInt8]().withUnsafeBytes { decoder.decode($0, isLast: true, into: &text) }
        return text
    }

    @Test func `UTF-16 becomes UTF-8, however it is cut, for many seeds`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "text")
            var scalars = String.UnicodeScalarView()
            for _ in 0..<50 { scalars.append(draws.pick(letters) ?? "a") }
            let text = String(scalars)
            for (encoding, foundation) in [
                (TextEncoding.utf16LittleEndian, String.Encoding.utf16LittleEndian),
                (.utf16BigEndian, .utf16BigEndian),
            ] {
                let bytes = Array(try #require(text.data(using: foundation)))
                for piece in [1, 2, 3, 7, 1_000] {
                    #expect(decode(bytes, encoding, piece: piece) == Array(text.utf8))
                }
            }
        }
    }

    @Test func `units that are no character become one byte each that UTF-8 never has`() {
        let cases: [([UInt8], [UInt8])] = [
            ([0x3D, 0xD8], [0xFF]), ([0x00, 0xDE, 0x61, 0], [0xFF, 0x61]),
            ([0x3D, 0xD8, 0x3D, 0xD8, 0x00, 0xDE], [0xFF] + Array("\u{1F600}".utf8)),
            ([0x3D, 0xD8, 0x61, 0], [0xFF, 0x61]), ([0x61, 0, 0x62], [0x61, 0xFF]),
            ([0x3D, 0xD8, 0x62], [0xFF, 0xFF]), ([], []),
        ]
        for (bytes, want) in cases {
            for piece in 1...3 {
                #expect(decode(bytes, .utf16LittleEndian, piece: piece) == want)
            }
        }
    }

    @Test func `every byte of Windows-1252 has Foundation's character or none`() {
        for byte in UInt8.min...UInt8.max {
            let text = String(data: Data([byte]), encoding: .windowsCP1252)
            let want = text.map { Array($0.utf8) } ?? [0xFF]
            #expect(decode([byte], .windows1252, piece: 1) == want, "\(byte)")
        }
    }

    @Test func `a source of UTF-16 gives UTF-8 to every reader, in any buffer`() throws {
        let line = "grüße, \u{1F600} 中文\n"
        let text = "\u{FEFF}" + String(repeating: line, count: 40_000)
        for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
            let scratch = Scratch()
            let path = scratch.file("a.txt", Array(try #require(text.data(using: encoding))))
            var source = try ByteSource(path: path)
            try source.decode(as: nil)
            #expect(Array(try source.peek(9)) == Array(text.utf8.prefix(9)))
            #expect(try source.readAll() == Array(text.utf8))
            var again = try ByteSource(path: path)
            try again.decode(as: nil)
            var reader = LineReader(source: again)
            var block = LineBlock()
            var rows = 0
            while try reader.read(into: &block) {
                rows += block.lines.count
                for found in block.lines {
                    #expect(Array(block.bytes[found.range]) == Array(line.utf8.dropLast()))
                }
            }
            #expect(rows == 40_000)
        }
    }

    @Test func `bytes without a mark of UTF-16 are left as they are`() throws {
        for bytes in [
            [], [0xFF], [0xFE], [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], Array("plain".utf8),
            [0xEF, 0xBB, 0xBF, 0x61],
        ] as [[UInt8]] {
            let scratch = Scratch()
            var source = try ByteSource(path: scratch.file("a", bytes))
            try source.decode(as: nil)
            #expect(try source.readAll() == bytes)
        }
    }
}
