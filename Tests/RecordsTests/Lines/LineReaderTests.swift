import CCompress
import Glibc
import Testing

@testable import Records

struct LineReaderTests {
    @Test(arguments: [
        ("", []),
        ("\n", ["1:0:"]),
        ("a", ["1:0:a"]),
        ("a\n", ["1:0:a"]),
        ("a\r\nb\r\n", ["1:0:a", "2:3:b"]),
        ("a\n\n\nb", ["1:0:a", "2:2:", "3:3:", "4:4:b"]),
        ("a\rb\n", ["1:0:a\rb"]),
        ("a\u{2028}b\u{85}c\n", ["1:0:a\u{2028}b\u{85}c"]),
        ("\u{FEFF}a\n\u{FEFF}b\n", ["1:3:a", "2:5:\u{FEFF}b"]),
        ("\u{FEFF}", []),
        ("a\r", ["1:0:a"]),
        ("a\rbc\r\rd", ["1:0:a", "2:2:bc", "3:5:", "4:6:d"]),
        ("nul\0nul\nx", ["1:0:nul\0nul", "2:8:x"]),
    ])
    func `splits at LF and CR LF, at CR where there is no LF, and counts the last line`(
        _ text: String, _ expected: [String]
    ) throws {
        let scratch = Scratch()
        #expect(try allLines(scratch.file("a", text)) == expected)
    }

    @Test func `keeps nothing of a line above the limit but its number and length`() throws {
        let scratch = Scratch()
        let long = String(repeating: "x", count: 700_000)
        let path = scratch.file("a", "one\n\(long)\r\n12345\r\n123456\n\(long)")
        let lines = try allLines(path, maximum: 5)
        #expect(
            lines == [
                "1:0:one", "2:4:<700000>", "3:700006:12345", "4:700013:<6>", "5:700020:<700000>",
            ])
        let whole = try allLines(path, maximum: 700_000)
        #expect(whole.map(\.utf8.count) == [7, 700_004, 14, 15, 700_009])
    }

    @Test func `passes over a line of 50 MB in the memory of the longest line allowed`() throws {
        let scratch = Scratch()
        let path = scratch.file("long", "a\n" + String(repeating: "x", count: 10_000))
        // A hole in the file reads as NUL bytes, without 50 MB being made in a debug build.
        let number = open(path, O_WRONLY)
        #expect(pwrite(number, "\nb", 2, 50_000_002) == 2)
        close(number)
        var reader = try LineReader(path: path)
        var block = LineBlock()
        #expect(try reader.read(into: &block))
        #expect(block.lines.map(\.length) == [1, 50_000_000, 1])
        #expect(block.lines.map(\.isTooLong) == [false, true, false])
        #expect(block.bytes.capacity <= 2 * LineReader.defaultMaximumBytes + 1_000)
        #expect(block.text(block.lines[2]) == "b")
    }

    @Test func `gives the same lines whatever the block and the packing, for many seeds`() throws {
        let scratch = Scratch()
        for seed in 0..<60 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "lines")
            let alphabet = Array("ab\r\n\n\u{e9}".utf8)
            var bytes: [UInt8] = []
            for _ in 0..<draws.below(4_000) {
                bytes.append(draws.pick(alphabet) ?? 0)
                if draws.chance(0.002) { bytes += [UInt8](repeating: 120, count: draws.below(500)) }
            }
            // Without LF, CR would end the lines; another test has those.
            if !bytes.contains(10) { bytes.append(10) }
            // The law: split at LF, a CR before it is not text, no text behind the last LF.
            var pieces = bytes.split(separator: 10, omittingEmptySubsequences: false)
            let last = pieces.removeLast()
            var expected = pieces.map { $0.last == 13 ? Array($0.dropLast()) : Array($0) }
            if !last.isEmpty { expected.append(Array(last)) }

            let cut = bytes.count / 3
            let parts = [Array(bytes[..<cut]), Array(bytes[cut...])]
            let files = [
                scratch.file("plain.gz", bytes),
                scratch.file("z", parts.flatMap { Scratch.packed($0, ccompress_gzip) } + [0, 0]),
                scratch.file("s.jsonl", parts.flatMap { Scratch.packed($0, ccompress_zstd) }),
            ]
            for path in files {
                var reader = try LineReader(path: path)
                var block = LineBlock()
                var lines: [[UInt8]] = []
                let rows = 1 + draws.below(50)
                while try reader.read(into: &block, rows: rows, bytes: 1 + draws.below(5_000)) {
                    #expect(block.lines.count <= rows)
                    #expect(block.bytes.suffix(LineBlock.padding).allSatisfy { $0 == 0 })
                    for line in block.lines {
                        #expect(
                            Array(bytes[line.offset...].prefix(line.length))
                                == Array(block.bytes[line.range]))
                        lines.append(Array(block.bytes[line.range]))
                        #expect(line.number == lines.count)
                    }
                }
                #expect(lines == expected)
            }
        }
    }

    @Test func `reads a pipe that hands out a byte at a time`() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let reading = ends[0]
        let writing = ends[1]
        let packed = Scratch.packed(Array("\u{FEFF}one\ntwo".utf8), ccompress_gzip)
        #expect(write(writing, packed, packed.count) == packed.count)
        close(writing)
        defer { close(reading) }
        var reader = LineReader(source: try ByteSource(descriptor: reading, named: "-"))
        var block = LineBlock()
        #expect(try reader.read(into: &block))
        #expect(block.lines.map { block.text($0) } == ["one", "two"])
        #expect(try !reader.read(into: &block))
        #expect(try !reader.read(into: &block))
    }

    @Test(arguments: [ccompress_gzip.rawValue, ccompress_zstd.rawValue])
    func `says that a packed file is torn or corrupt, and never gives wrong bytes`(
        _ format: UInt32
    ) throws {
        let scratch = Scratch()
        let plain = (0..<3_000).map { "line \($0 &* 2_654_435_761)" }.joined(separator: "\n")
        let packed = Scratch.packed(Array(plain.utf8), ccompress_format(rawValue: format))
        for cut in [5, 20, packed.count / 2, packed.count - 1] {
            let path = scratch.file("torn", Array(packed[..<cut]))
            let fault = #expect(throws: Fault.self) { try allLines(path) }
            #expect(fault?.kind == .badData)
            #expect(fault?.place == .file(path))
        }
        for seed in 0..<40 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "corrupt")
            var bytes = packed
            for _ in 0...draws.below(3) {
                bytes[4 + draws.below(bytes.count - 4)] ^= UInt8(1 + draws.below(255))
            }
            let path = scratch.file("corrupt", bytes)
            // gzip's header holds bytes without meaning (time, system); all others are checked.
            do {
                let lines = try allLines(path).map { String($0.split(separator: ":")[2]) }
                if format == ccompress_gzip.rawValue {
                    #expect(lines.joined(separator: "\n") == plain)
                }
            } catch let fault as Fault {
                #expect(fault.kind == .badData)
            }
        }
    }

    @Test func `refuses a missing file, a folder, a path with NUL and wide text`() throws {
        let scratch = Scratch()
        for path in ["\(scratch.folder)/none", scratch.folder, "", "a\0b"] {
            let fault = #expect(throws: Fault.self) { try allLines(path) }
            #expect(fault?.kind == .configuration)
        }
        let wide = scratch.file("wide", [0xFF, 0xFE, 0x61, 0])
        let fault = #expect(throws: Fault.self) { try allLines(wide) }
        #expect(fault?.kind == .badData)
        #expect(fault?.hint?.contains("iconv") == true)
    }
}
