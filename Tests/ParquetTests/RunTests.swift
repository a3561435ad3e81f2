import Records
import Testing

@testable import Parquet

struct RunTests {
    @Test func `what the run encoder writes, the decoder reads`() throws {
        for seed in 0..<200 {
            var random = Sequence64(seed)
            let width = 1 + random.below(20)
            var values: [UInt32] = []
            while values.count < 1 + random.below(600) {
                let value = UInt32(random.below(1 << width))
                let run = random.below(3) == 0 ? 1 + random.below(40) : 1
                values += [UInt32](repeating: value, count: run)
            }
            var bytes: [UInt8] = []
            RunEncoder.append(values[...], width: width, to: &bytes)
            try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws in
                var decoder = try RunDecoder(bytes, width: width)
                for value in values { #expect(try decoder.next() == value) }
            }
        }
    }

    @Test func `numbers of every width are unpacked at every place`() throws {
        for width in 1...64 {
            var random = Sequence64(width)
            let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
            let values = (0..<24).map { _ in random.next() & mask }
            var bits: [Bool] = []
            for value in values { bits += (0..<width).map { value >> UInt64($0) & 1 == 1 } }
            var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
            for (place, bit) in bits.enumerated() where bit { bytes[place / 8] |= 1 << (place % 8) }
            try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws in
                let run = BitRun(bytes: bytes, width: width)
                for (index, value) in values.enumerated() {
                    #expect(try run.value(at: index) == value)
                }
                #expect(throws: Damage.self) { try run.value(at: values.count + 8) }
            }
        }
    }

    @Test func `the specification's example of deltas is read`() throws {
        // Encodings.md, example 2: 7 5 3 1 2 3 4 5 with blocks of 128 values in 4 parts.
        var bytes: [UInt8] = [0x80, 0x01, 0x04, 0x08, 0x0E]
        // The least difference is -2, the others are 0 0 0 3 3 3 3 above it, of 2 bits.
        bytes += [0x03, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111] + [UInt8](repeating: 0, count: 6)
        try bytes.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws in
            var decoder = try DeltaDecoder(bytes, limit: 8)
            for value in [7, 5, 3, 1, 2, 3, 4, 5] as [Int64] {
                #expect(try decoder.next() == value)
            }
            #expect(throws: Damage.self) { try decoder.next() }
            #expect(throws: Damage.self) { try DeltaDecoder(bytes, limit: 7) }
        }
    }
}
