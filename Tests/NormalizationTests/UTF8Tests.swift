import Normalization
import Testing

struct UTF8Tests {
    @Test func `every scalar is written and read as the standard library writes it`() {
        var wrong: [UInt32] = []
        for value in UInt32(0)...0x10FFFF where value < 0x3000 || value % 31 == 0 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var bytes: [UInt8] = []
            appendScalar(value, to: &bytes)
            let (read, length) = bytes.withUnsafeBytes { UTF8Scan.scalar($0, 0) }
            let last = bytes.withUnsafeBufferPointer { decodeScalar($0, before: $0.count) }
            if bytes != Array(String(Character(scalar)).utf8) || read != value
                || length != bytes.count || last.0 != value
                || scalarLength(bytes[0]) != bytes.count
            {
                wrong.append(value)
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test(
        arguments: [
            ([0xC0, 0x80], [1, 1]), ([0xE2, 0x82], [2]), ([0xF0, 0x9F, 0x98, 0x41], [3]),
            ([0xED, 0xA0, 0x80], [1, 1, 1]), ([0x80], [1]), ([0xF4, 0x90], [1, 1]),
        ] as [([UInt8], [Int])])
    func `an ill-formed piece is one U+FFFD`(bytes: [UInt8], pieces: [Int]) {
        bytes.withUnsafeBytes { bytes in
            var at = 0
            for piece in pieces {
                let (value, length) = UTF8Scan.scalar(bytes, at)
                #expect(value == 0xFFFD && length == piece)
                at += length
            }
        }
    }

    @Test func `what is no scalar is written as U+FFFD`() {
        for value in [0xD800, 0xDFFF, 0x11_0000] as [UInt32] {
            var bytes: [UInt8] = []
            UTF8Scan.append(value, to: &bytes)
            #expect(bytes == [0xEF, 0xBF, 0xBD])
        }
    }
}
