import CKernels
import Testing

@testable import Encoder

struct TensorTests {
    @Test func `every 16-bit number is widened to the number it is`() {
        let patterns = (0...UInt16.max).map { $0 }
        var wide = [Float](repeating: 9, count: patterns.count)
        ckernels_widen_f16(&wide, patterns, patterns.count)
        for (pattern, value) in zip(patterns, wide) {
            let expected = Float(Float16(bitPattern: pattern))
            #expect(value == expected || (value.isNaN && expected.isNaN))
            #expect(value.sign == expected.sign)
        }
        ckernels_widen_bf16(&wide, patterns, patterns.count)
        #expect(wide.map { UInt16($0.bitPattern >> 16) } == patterns)
        #expect(wide.allSatisfy { $0.bitPattern & 0xFFFF == 0 })
    }

    @Test func `positions skip literal padding where they count from it`() throws {
        var model = TinyModel()
        #expect(
            try model.withFolder { try ModelSettings(folder: $0).positions(of: [7, 1, 0, 5]) }
                == [0, 1, 2, 3])
        model.config["model_type"] = "\"roberta\""
        #expect(
            try model.withFolder { try ModelSettings(folder: $0).positions(of: [7, 1, 0, 5]) }
                == [2, 1, 3, 4])
        model.config["pad_token_id"] = "0"
        #expect(
            try model.withFolder {
                try ModelSettings(folder: $0).positions(of: [7, 1, 0, 5])
            } == [1, 2, 0, 3])
    }

    @Test func `pooling takes rows, never none`() {
        #expect(Pooling.mean.rows(of: 3..<9, promptTokens: 0) == 3..<9)
        #expect(Pooling.mean.rows(of: 3..<9, promptTokens: 4) == 7..<9)
        #expect(Pooling.mean.rows(of: 3..<9, promptTokens: 40) == 8..<9)
        #expect(Pooling.cls.rows(of: 3..<9, promptTokens: 0) == 3..<4)
        #expect(Pooling.cls.rows(of: 3..<9, promptTokens: 2) == 5..<6)
        #expect(Pooling.lasttoken.rows(of: 3..<9, promptTokens: 2) == 8..<9)
    }

    @Test func `distances fall into the buckets of transformers`() {
        // MPNetEncoder.relative_position_bucket of torch 2.15, about the borders
        let expected: [(Int, Int)] = [
            (0, 0), (1, 17), (-1, 1), (7, 23), (-7, 7), (8, 24), (-8, 8), (9, 24), (-9, 8),
            (11, 24), (-11, 8), (12, 25), (-12, 9), (15, 25), (-15, 9), (16, 26), (-16, 10),
            (22, 26), (-22, 10), (23, 27), (-23, 11), (31, 27), (-31, 11), (32, 28), (-32, 12),
            (45, 28), (-45, 12), (46, 29), (-46, 13), (63, 29), (-63, 13), (64, 30), (-64, 14),
            (90, 30), (-90, 14), (91, 31), (-91, 15), (127, 31), (-127, 15), (128, 31),
            (-128, 15), (500, 31), (-500, 15),
        ]
        for (distance, bucket) in expected {
            #expect(RelativeBias.bucket(distance) == bucket, "distance \(distance)")
        }
    }
}
