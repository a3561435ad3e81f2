import Foundation
import Records
import Testing

@testable import Parquet

/// Valid files with some bytes changed: each is read or refused, and never costs more than its
/// size explains.
struct DamageTests {
    /// More rows than any of these files has: a changed count must not keep a test running.
    private static let mostRows = 20_000

    private func read(_ path: String) throws {
        let reader = try ParquetReader(path: path)
        var rows = 0
        while rows < Self.mostRows {
            var block = LineBlock()
            guard try reader.read(into: &block, rows: 512, bytes: 1 << 20) else { break }
            rows += block.lines.count
            for line in block.lines { #expect(line.length <= RowAssembler.longestRow + 1_024) }
        }
    }

    /// Reads a file that may be damaged; says whether it was refused.
    private func isRefused(_ bytes: [UInt8], _ file: ScratchFile) -> Bool {
        file.write(bytes)
        do {
            try read(file.path)
            return false
        } catch let fault as Fault {
            #expect(fault.kind == .badData)
            #expect(fault.place == .file(file.path))
            return true
        } catch {
            Issue.record("another error than a fault: \(error)")
            return true
        }
    }

    @Test(arguments: Golden.names)
    func `changed bytes are refused or read, never fatal`(name: String) {
        let bytes = Golden.bytes(name)
        let file = ScratchFile()
        var refused = 0
        for seed in 0..<400 {
            var random = Sequence64(seed)
            var damaged = bytes
            // The footer, where lengths and offsets lie, is hit half of the time.
            let start = seed % 2 == 0 ? 0 : max(0, bytes.count * 3 / 4)
            for _ in 0..<1 + random.below(4) {
                let at = start + random.below(bytes.count - start)
                switch random.below(3) {
                case 0: damaged[at] ^= 1 << UInt8(random.below(8))
                case 1: damaged[at] = UInt8(random.below(256))
                default: damaged[at] = [0, 0xFF, 0x7F, 0x80][random.below(4)]
                }
            }
            if isRefused(damaged, file) { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test(arguments: Golden.names)
    func `a file that ends too early is refused`(name: String) {
        let bytes = Golden.bytes(name)
        let file = ScratchFile()
        for seed in 0..<60 {
            var random = Sequence64(seed)
            #expect(isRefused(Array(bytes.prefix(random.below(bytes.count))), file))
            // The footer is whole, but what it points to is not there.
            let cut = 4 + random.below(bytes.count / 4)
            _ = isRefused(Array(bytes[..<4] + bytes[(4 + cut)...]), file)
        }
    }

    @Test func `a footer of nested or endless parts is refused`() {
        // Structures in structures, and a list of more elements than there are bytes.
        let deep = [UInt8](repeating: 0x1C, count: 100_000)
        let long: [UInt8] = [0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 0, 0]
        let number: [UInt8] = [0x15] + [UInt8](repeating: 0xFF, count: 12)
        for footer in [deep, long, number, [0x19, 0x1D], [0x00], [0x0C]] {
            var count: [UInt8] = []
            count.append(littleEndian: UInt32(footer.count))
            let magic = Array("PAR1".utf8)
            #expect(isRefused(magic + footer + count + magic, ScratchFile()))
        }
    }

    @Test func `a row of millions of elements is read past, not stored`() throws {
        // A few kilobytes that say: a list of 3.5 million nulls, then a list of two numbers.
        let lines = try ParquetReader(path: Golden.path("pyarrow-long-list")).lines()
        #expect(lines.count == 2)
        #expect(lines.first == [UInt8]?.none)
        #expect(lines.last == Array(#"{"list":[1,2]}"#.utf8))
    }
}
