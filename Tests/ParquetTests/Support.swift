import Foundation
import Records

@testable import Parquet

/// Files made by the writers that people use; `Golden/make.py` says how.
enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Golden"

    static let names: [String] =
        FileManager.default.enumerator(atPath: folder + "/expected")?
        .compactMap { ($0 as? String)?.replacingOccurrences(of: ".jsonl", with: "") }.sorted() ?? []

    static func path(_ name: String) -> String { "\(folder)/\(name).parquet" }

    static func bytes(_ name: String) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: path(name)) ?? Data())
    }

    static func expected(_ name: String) throws -> [NSDictionary] {
        let text = try String(contentsOfFile: "\(folder)/expected/\(name).jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map { try object(Data($0.utf8)) }
    }

    static func object(_ line: Data) throws -> NSDictionary {
        try JSONSerialization.jsonObject(with: line) as? NSDictionary ?? [:]
    }
}

/// A file for one test.
final class ScratchFile {
    let path: String

    init(_ bytes: [UInt8] = []) {
        path = NSTemporaryDirectory() + "parquet-\(UUID().uuidString)"
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    }

    func write(_ bytes: [UInt8]) {
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension ParquetReader {
    /// All rows as their lines of JSON; nil for one that is too long.
    func lines(rowsPerBlock: Int = 7) throws -> [[UInt8]?] {
        var lines: [[UInt8]?] = []
        while true {
            var block = LineBlock()
            guard try read(into: &block, rows: rowsPerBlock, bytes: 1 << 20) else { return lines }
            for line in block.lines {
                lines.append(line.isTooLong ? nil : Array(block.bytes[line.range]))
            }
        }
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Sequence64: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
